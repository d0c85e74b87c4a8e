import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { takeBackup } from '../src/procedures/backup.ts'
import { copyDump } from '../src/procedures/copy-dump.ts'
import { type DatabaseConnection, withDatabase } from '../src/procedures/database.ts'
import { recreateDatabase } from '../src/procedures/database-swap.ts'
import { type DatabaseDump, toolMajor } from '../src/procedures/dump.ts'
import { pgDump } from '../src/procedures/pg-dump.ts'
import { restoreDatabase } from '../src/procedures/restore.ts'
import { startPostgres } from '../src/targets/embedded/postgres.ts'
import { median } from './support/measure.ts'

/**
 * Measures our backup and restore (checksums, row counts, schema hash and comparison included) beside `pg_dump | gzip` and
 * `zcat | psql`, which do neither. Ratios count: the absolute numbers are the machine's.
 */

const RUNS = Number(process.argv[2] ?? 3)
const ROWS = Number(process.argv[3] ?? 200_000)

interface Figures {
  /** Milliseconds. */
  readonly backup: number
  readonly restore: number
  readonly bytes: number
}

interface Bench {
  readonly directory: string
  readonly source: DatabaseConnection
  readonly fresh: () => Promise<DatabaseConnection>
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const start = performance.now()
  const value = await work()
  return { ms: performance.now() - start, value }
}

function ours(dump: DatabaseDump): (bench: Bench) => Promise<Figures> {
  return async ({ directory, source, fresh }) => {
    const backups = await mkdtemp(path.join(directory, 'ours-'))
    const { ms, value } = await timed(() => takeBackup({ backups, database: source, configuration: [], images: {}, dump }))
    const database = await fresh()
    const restored = await timed(() => restoreDatabase({ ...value, database }))
    return { backup: ms, restore: restored.ms, bytes: value.manifest.files.reduce((sum, { bytes }) => sum + bytes, 0) }
  }
}

async function pipes({ directory, source, fresh }: Bench): Promise<Figures> {
  const file = path.join(directory, 'dump.sql.gz')
  const shell = (script: string, { host, port, user, password, database }: DatabaseConnection) =>
    promisify(execFile)('bash', ['-c', `set -o pipefail; ${script}`], {
      env: {
        ...process.env,
        FILE: file,
        PGHOST: host,
        PGPORT: String(port),
        PGUSER: user,
        PGPASSWORD: password,
        PGDATABASE: database,
      },
    })
  const dumped = await timed(() => shell('pg_dump | gzip > "$FILE"', source))
  const database = await fresh()
  const restored = await timed(() => shell('zcat "$FILE" | psql -q -X -v ON_ERROR_STOP=1 > /dev/null', database))
  return { backup: dumped.ms, restore: restored.ms, bytes: (await stat(file)).size }
}

const FILL = `
  CREATE TABLE hook (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), source text NOT NULL, payload jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX hook_created_at ON hook (created_at);
  INSERT INTO hook (source, payload) SELECT 'bench', jsonb_build_object('number', i, 'text', md5(i::text) || md5((i * 7)::text)) FROM generate_series(1, ${ROWS}) i`

const directory = await mkdtemp(path.join(tmpdir(), 'bench-backup-'))
// As root, PostgreSQL runs as another account, which must find its way to its data.
await chmod(directory, 0o711)
const superuserPassword = 'bench-only'
const signal = AbortSignal.timeout(600_000)
const server = await startPostgres({ directory: path.join(directory, 'postgres'), superuserPassword, signal })
try {
  const admin = {
    host: server.host,
    port: server.port,
    user: server.superuser,
    password: superuserPassword,
    database: 'postgres',
  }
  const source = { ...admin, database: 'source' }
  await recreateDatabase({ admin }, 'source', admin.user)
  await withDatabase(source, (client) => client.query(FILL))
  const fresh = async (): Promise<DatabaseConnection> => {
    await recreateDatabase({ admin }, 'restored', admin.user)
    return { ...admin, database: 'restored' }
  }
  const hasTools = ((await toolMajor('pg_dump')) ?? 0) >= 15 && (await toolMajor('psql')) !== undefined
  if (!hasTools)
    console.log('pg_dump and psql of the server’s major are not installed, so they are left out (Debian: postgresql-client-15)')
  const subjects = [
    ['ours, COPY streams', ours(copyDump())] as const,
    ...(hasTools
      ? ([
          ['ours, pg_dump', ours(pgDump())],
          ['pg_dump | gzip, zcat | psql', pipes],
        ] as const)
      : []),
  ]
  const results = new Map<string, Figures[]>()
  // In turn, so that a machine that slows down slows all of them.
  for (let run = 0; run < RUNS; run += 1) {
    for (const [name, measure] of subjects)
      results.set(name, [...(results.get(name) ?? []), await measure({ directory, source, fresh })])
  }
  console.log(`${ROWS} rows, median of ${RUNS}`)
  console.table(
    [...results].map(([name, figures]) => ({
      name,
      'backup ms': Math.round(median(figures.map(({ backup }) => backup))),
      'restore ms': Math.round(median(figures.map(({ restore }) => restore))),
      'stored MB': Number((median(figures.map(({ bytes }) => bytes)) / 1e6).toFixed(1)),
      'backup rows/s': Math.round((ROWS / median(figures.map(({ backup }) => backup))) * 1_000),
    })),
  )
  console.log(`the most memory that our own process held: ${Math.round(process.resourceUsage().maxRSS / 1_024)} MB (limit 300)`)
} finally {
  await server.stop()
  await rm(directory, { recursive: true, force: true })
}
