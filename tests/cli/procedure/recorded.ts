import { readFileSync } from 'node:fs'
import type { Answers } from '../../../src/cli/procedure/ask.ts'
import type { Looked } from '../../../src/cli/procedure/site.ts'
import type { HostFacts } from '../../../src/host/facts.ts'
import type { Manifest } from '../../../src/procedures/manifest.ts'
import { loadTarget } from '../../../src/targets/load.ts'

const id = (letter: string): string => `sha256:${letter.repeat(64)}`
const SERVICES = ['hook-receiver', 'model-metrics', 'workflow-coordinator', 'nginx', 'postgres', 'redis', 'kafka'] as const

/** The example target's host as it might answer: what a collector and an engine said, as far as a printed procedure asks. */
export function recorded(): Looked {
  const spec = loadTarget('prod')
  const host = spec.hosts.services
  if (host === undefined) throw new Error('the example target has no services host')
  const text = readFileSync('fixtures/compose/docker-compose.prod.yml', 'utf8')
  const file = { path: '/opt/omninode_bridge/docker-compose.prod.yml', exists: true, text, truncated: false }
  const facts = {
    account: { ok: true, facts: { account: 'deploy' } },
    os: { ok: true, facts: { hostname: 'app-1' } },
    composeVersion: { ok: true, facts: { version: '2.32.0', command: 'docker compose' } },
    composeFile: { ok: true, facts: file },
    envFile: { ok: true, facts: { ...file, text: 'HOOK_RECEIVER_PORT=8001\n' } },
  }
  return {
    spec,
    file: 'fixtures/targets/prod.yaml',
    host,
    facts: facts as unknown as HostFacts,
    answers: ANSWERS,
    drill: undefined,
  }
}

export const MANIFEST: Manifest = {
  format: 'runbook-backup@1',
  takenAt: '2026-01-02T03:04:05.000Z',
  tookMs: 1_234,
  database: {
    name: 'omninode_bridge',
    serverVersion: 150_018,
    method: 'pg_dump',
    schemaHash: 'd'.repeat(64),
    schemaVersion: '0001',
    tables: [{ name: 'hook_events', rows: 12, newest: '2026-01-02T03:04:00.000Z' }],
  },
  files: [
    { path: 'database.dump', sha256: 'c'.repeat(64), bytes: 10, contentBytes: 10 },
    { path: 'config/opt/omninode_bridge/.env.production', sha256: 'c'.repeat(64), bytes: 10, contentBytes: 10 },
  ],
  images: Object.fromEntries(SERVICES.slice(0, 4).map((service, index) => [service, id('3456'[index] ?? '')])),
  configuration: [
    { path: 'config/opt/omninode_bridge/.env.production', original: '/opt/omninode_bridge/.env.production', mode: '0640' },
  ],
  configurationFolders: [],
}

export const ANSWERS: Answers = {
  containers: SERVICES.map((service, index) => ({
    service,
    image: id('abcdef0'[index] ?? ''),
    isRunning: true,
    ports: service === 'nginx' ? [{ port: 443, inner: 443 }] : [],
  })),
  images: [
    // What runs: released since the backup.
    { repository: 'registry.omninode.test/hook-receiver', digest: id('9'), id: id('a') },
    { repository: 'registry.omninode.test/model-metrics', digest: id('4'), id: id('b') },
    // What the backup names: one by its digest at the registry, one by its own id.
    { repository: 'registry.omninode.test/hook-receiver', digest: id('3'), id: id('8') },
    { repository: '', digest: '', id: id('5') },
  ],
  administrator: 'postgres',
  backups: ['20260101_030405', '20260102_030405'],
  manifest: { text: JSON.stringify(MANIFEST), sha256: 'f'.repeat(64) },
}
