import type { Target } from '../../src/targets/target.ts'

const APPLICATION = [
  '',
  '/config',
  '/data',
  '/data/postgres',
  '/data/redis',
  '/data/kafka',
  '/logs',
  '/logs/services',
  '/logs/nginx',
  '/logs/monitoring',
]
const MONITORING = ['', '/prometheus', '/grafana', '/alertmanager']

/** Every directory that the runbook asks for. */
export function wantedTree({ spec: { paths } }: Target): string[] {
  const own = APPLICATION.map((path) => paths.application + path)
  const monitoring = MONITORING.map((path) => paths.monitoring + path)
  return [...own, paths.backups, paths.secrets, ...monitoring, paths.certificates, paths.keys]
}

/** The directories that others may not even look into. */
export function closedDirectories({ spec: { paths } }: Target): readonly string[] {
  return [`${paths.application}/data`, paths.backups]
}

/** What everybody may do there: the last three bits of an octal mode. */
export function openBits(mode: string): number {
  return Number.parseInt(mode.slice(-1) || '7', 8)
}
