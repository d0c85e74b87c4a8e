import type { Manifest } from '../../../src/procedures/manifest.ts'
import type { ChosenBackup, ChosenRelease, Site } from '../../../src/procedures/script/site.ts'

export const digest = (letter: string): string => `sha256:${letter.repeat(64)}`

/** A host as it might be found, with a stack of four services. */
export const SITE: Site = {
  target: 'prod',
  file: 'fixtures/targets/prod.yaml',
  host: { name: 'app-1', address: 'deploy@app-1.prod.example.com', account: 'deploy' },
  lookedAt: new Date('2026-01-02T04:05:06Z'),
  compose: ['docker', 'compose'],
  project: 'product',
  composeFile: '/opt/product/docker-compose.yml',
  envFile: '/opt/product/.env.production',
  groups: { infrastructure: ['postgres'], services: ['receiver'], monitoring: ['prometheus'], gateway: ['nginx'] },
  images: {
    postgres: `postgres@${digest('a')}`,
    receiver: `registry.example.com/receiver:1@${digest('b')}`,
    prometheus: '',
    nginx: '',
  },
  imageLines: { receiver: { line: 7, text: `registry.example.com/receiver:1@${digest('b')}` } },
  database: { name: 'product', user: 'owner', admin: 'postgres', service: 'postgres', host: '127.0.0.1', port: 5432, ssl: false },
  redis: { service: 'redis', port: 6379 },
  kafka: { service: 'kafka', port: 9092, topics: ['a.b.v1'], replicationFactor: 1 },
  migrationList: { table: 'schema_migrations', column: 'version' },
  health: [{ service: 'receiver', url: 'http://127.0.0.1:8001/health', needsKey: false }],
  doors: [
    {
      service: 'receiver',
      url: 'https://hooks.example.com/health',
      needsKey: true,
      connectTo: 'hooks.example.com:443:127.0.0.1:443',
    },
  ],
  ca: '/etc/ssl/certs/product/ca.pem',
  paths: {
    application: '/opt/product',
    backups: '/opt/product/backups',
    secrets: '/opt/product/secrets',
    deployLog: '/opt/product/logs/deployment.log',
    rollbackLog: '/opt/product/logs/rollback.log',
    configuration: ['/opt/product/.env.production', '/opt/product/docker-compose.yml'],
    folders: ['/opt/product/config'],
  },
  approval: 'CTO (Data loss risk, immediately)',
  help: 'Platform team lead (System down, within 5 minutes)',
  notes: [],
}

const file = (path: string) => ({ path, sha256: 'c'.repeat(64), bytes: 10, contentBytes: 10 })

export const MANIFEST: Manifest = {
  format: 'runbook-backup@1',
  takenAt: '2026-01-02T03:04:05.000Z',
  tookMs: 1_234,
  database: {
    name: 'product',
    serverVersion: 150_018,
    method: 'pg_dump',
    schemaHash: 'd'.repeat(64),
    schemaVersion: '0001',
    tables: [{ name: 'hooks', rows: 12, newest: '2026-01-02T03:04:00.000Z' }],
  },
  files: [file('database.dump'), file('config/opt/product/.env.production')],
  images: { receiver: digest('b'), nginx: digest('e') },
  configuration: [{ path: 'config/opt/product/.env.production', original: '/opt/product/.env.production', mode: '0640' }],
  configurationFolders: ['/opt/product/config'],
}

export const BACKUP: ChosenBackup = {
  directory: '/opt/product/backups/20260102_030405',
  manifest: MANIFEST,
  manifestSha256: 'f'.repeat(64),
  references: { receiver: `registry.example.com/receiver@${digest('b')}`, nginx: digest('e') },
  losses: [],
}

export const RELEASE: ChosenRelease = {
  name: '2.0.0',
  references: {
    postgres: `postgres@${digest('a')}`,
    receiver: `registry.example.com/receiver@${digest('f')}`,
    prometheus: digest('1'),
    nginx: digest('e'),
  },
  schemaVersion: '0002',
}
