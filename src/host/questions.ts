import { innerAddress } from '../forwarded.ts'
import type { HostSpec, TargetSpec } from '../targets/schema.ts'
import { SECTIONS } from './facts.ts'
import { KNOWN_DEFAULTS } from './known-defaults.ts'

/** What tells the collector's own lines from what a host's files may hold; new for every round trip. */
export interface Marks {
  readonly nonce: string
  /** Hashes of secrets are salted with it, so that they are worth nothing after the run. */
  readonly salt: string
}

const UNITS = ['docker', 'containerd'] as const

/** The assignments that stand before the collector's script: what to look at, each value quoted for any sh. */
export function questions(host: HostSpec, spec: TargetSpec, marks: Marks): string {
  const { paths } = spec
  const variables: Record<string, string> = {
    RUNBOOK_ROOT: host.root,
    RUNBOOK_NONCE: marks.nonce,
    RUNBOOK_SALT: marks.salt,
    RUNBOOK_SUDO: host.sudo ? '1' : '',
    RUNBOOK_SECTIONS: Object.keys(SECTIONS).join(' '),
    RUNBOOK_APPLICATION: paths.application,
    RUNBOOK_MONITORING: paths.monitoring,
    RUNBOOK_ENV_FILE: paths.envFile,
    RUNBOOK_COMPOSE_FILE: composeFileOf(spec),
    RUNBOOK_SECRETS: paths.secrets,
    RUNBOOK_CERTIFICATES: paths.certificates,
    RUNBOOK_CA: paths.ca,
    RUNBOOK_KEYS: paths.keys,
    RUNBOOK_BACKUPS: paths.backups,
    RUNBOOK_DEPLOY_LOG: paths.deployLog,
    RUNBOOK_ROLLBACK_LOG: paths.rollbackLog,
    RUNBOOK_PROMETHEUS_CONFIG: paths.prometheusConfig,
    RUNBOOK_PROMETHEUS_RULES: paths.prometheusRules,
    RUNBOOK_DATA_PATHS: lines(dataPaths(spec)),
    RUNBOOK_DIRECTORIES: lines(directories(spec)),
    RUNBOOK_TOOLS: lines(spec.expect.tools),
    RUNBOOK_UNITS: lines(UNITS),
    RUNBOOK_CONNECT: lines(connections(spec)),
    RUNBOOK_DEFAULTS: lines([...KNOWN_DEFAULTS, ...spec.names.tables, ...names(spec)]),
    ...(host.path === undefined ? {} : { PATH: host.path }),
  }
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${quote(value)}`)
  const path = host.path === undefined ? 'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin' : ''
  return `${[...assignments, path, 'export PATH'].join('\n')}\n`
}

/** Where the compose file lies on the host. */
export function composeFileOf({ compose, paths }: TargetSpec): string {
  return compose?.file ?? `${paths.application}/docker-compose.prod.yml`
}

/** Quotes a value for any POSIX sh. */
export function quote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`
}

function lines(values: Iterable<string>): string {
  return [...new Set(values)].map((value) => value.replaceAll('\n', ' ')).join('\n')
}

/** Where data grows: the engine's own directory, the application's data, backups, logs. */
function dataPaths({ paths }: TargetSpec): string[] {
  return ['/', '/var/lib/docker', `${paths.application}/data`, paths.backups, `${paths.application}/logs`]
}

function directories({ paths }: TargetSpec): string[] {
  return [paths.application, paths.monitoring, paths.secrets, paths.certificates, paths.keys, paths.backups]
}

/** What the host must be able to reach: the declared outside, and the inner parts where the target says they are. */
function connections(spec: TargetSpec): string[] {
  const inner = [spec.postgres, spec.redis].flatMap((part) =>
    part === undefined ? [] : [`${bracketed(part.host)}:${part.port}`],
  )
  const asTheHostSeesThem = [...inner, ...(spec.kafka?.brokers ?? [])].map((address) => innerAddress(spec.forwarded, address))
  return [...spec.expect.outbound, ...asTheHostSeesThem]
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** A product's own names are the first passwords that anybody tries. */
function names(spec: TargetSpec): string[] {
  return [spec.name, spec.environment, ...(spec.postgres === undefined ? [] : [spec.postgres.user, spec.postgres.database])]
}
