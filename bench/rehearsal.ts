import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { takeBackup } from '../src/procedures/backup.ts'
import { type DatabaseConnection, withDatabase } from '../src/procedures/database.ts'
import { recreateDatabase } from '../src/procedures/database-swap.ts'
import { toolMajor } from '../src/procedures/dump.ts'
import { pgDump } from '../src/procedures/pg-dump.ts'
import { ownServer, RESTORE } from '../src/rehearsal/own-server.ts'
import { SSHD, startSshd } from '../tests/support/sshd.ts'
import { median } from './support/measure.ts'
import type { Task, Told } from './support/rehearse-once.ts'

/**
 * Measures the rehearsal of a backup over ssh beside what a person would type, `ssh host cat … | pg_restore`, into a server of
 * the same kind, in turn. Ours also starts and destroys that server, checks, compares and asks.
 */

const ROUNDS = Number(process.argv[2] ?? 3)
/** A row takes about 1.1 kB in the backup: its bytes are random, so that packing cannot make it small. */
const ROWS = Number(process.argv[3] ?? 1_000_000)
const LIMIT = 1.3
const LIMIT_MEGABYTES = 300
const CHILD = path.join(import.meta.dirname, 'support/rehearse-once.ts')

const FILL = `
  CREATE EXTENSION pgcrypto;
  CREATE TABLE hook (id int PRIMARY KEY, payload bytea NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX hook_created_at ON hook (created_at);
  INSERT INTO hook SELECT i, gen_random_bytes(1000), now() - i * interval '1 ms' FROM generate_series(1, ${ROWS}) i;
  DROP EXTENSION pgcrypto`

const run = promisify(execFile)

async function byHand(sshConfig: string, archive: string, admin: DatabaseConnection): Promise<number> {
  await recreateDatabase({ admin }, 'by_hand', admin.user)
  const script = 'set -o pipefail; ssh -F "$CONFIG" web cat "$ARCHIVE" | pg_restore "$@" --dbname by_hand'
  const env = {
    ...process.env,
    CONFIG: sshConfig,
    ARCHIVE: archive,
    PGHOST: admin.host,
    PGPORT: String(admin.port),
    PGUSER: admin.user,
    PGPASSWORD: admin.password,
  }
  const start = performance.now()
  await run('bash', ['-c', script, 'bash', ...RESTORE], { env })
  return performance.now() - start
}

async function ours(task: Task): Promise<Told> {
  const { stdout } = await run(process.execPath, ['--max-semi-space-size=4', CHILD, JSON.stringify(task)])
  return JSON.parse(stdout) as Told
}

async function main(directory: string): Promise<void> {
  const signal = AbortSignal.timeout(3_600_000)
  const source = await ownServer({ base: directory, signal })
  await using sshd = await startSshd()
  try {
    const live = { ...source.admin, database: 'live' }
    await recreateDatabase({ admin: source.admin }, 'live', source.admin.user)
    await withDatabase(live, (client) => client.query(FILL))
    const backups = path.join(directory, 'backups')
    const taken = await takeBackup({ backups, database: live, configuration: [], images: {}, dump: pgDump() })
    const archive = path.join(taken.directory, 'database.dump')
    const { size } = await stat(archive)
    console.log(`${ROWS} rows, an archive of ${(size / 1e9).toFixed(2)} GB, ${ROUNDS} rounds`)
    const { sshConfig = '' } = sshd.host()
    const hand: number[] = []
    const told: Told[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const other = await ownServer({ base: directory, signal })
      try {
        hand.push(await byHand(sshConfig, archive, other.admin))
      } finally {
        await other.destroy()
      }
      told.push(await ours({ sshConfig, backups, base: directory, live }))
      console.log(`round ${round + 1}: by hand ${seconds(hand.at(-1) ?? 0)}, ours ${seconds(told.at(-1)?.ms ?? 0)}`)
    }
    report(hand, told)
  } finally {
    await source.destroy()
  }
}

function report(hand: readonly number[], told: readonly Told[]): void {
  const byHandMs = median(hand)
  const row = (name: string, ms: number, memory: string) => ({
    name,
    seconds: Number((ms / 1_000).toFixed(1)),
    'times by hand': Number((ms / byHandMs).toFixed(2)),
    memory,
  })
  const megabytes = Math.max(...told.map((one) => one.megabytes))
  console.table([
    row('ssh host cat | pg_restore', byHandMs, ''),
    row('ours: read, restore, compare, ask', median(told.map(({ restoreMs }) => restoreMs)), ''),
    row('ours, with starting and destroying the server', median(told.map(({ ms }) => ms)), `${Math.round(megabytes)} MB`),
  ])
  const ratio = median(told.map(({ ms }) => ms)) / byHandMs
  const holds = ratio <= LIMIT && megabytes < LIMIT_MEGABYTES
  console.log(`limits: ${LIMIT} times by hand, ${LIMIT_MEGABYTES} MB: ${holds ? 'held' : 'MISSED'}`)
  if (!holds) process.exitCode = 1
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

const missing = [
  ...(SSHD === undefined ? ['sshd'] : []),
  ...((await toolMajor('pg_dump')) === undefined || (await toolMajor('pg_restore')) === undefined
    ? ['pg_dump and pg_restore']
    : []),
]
if (missing.length > 0) console.log(`skipped: ${missing.join(', ')} not installed (Debian: openssh-server, postgresql-client-15)`)
else {
  const directory = await mkdtemp(path.join(tmpdir(), 'bench-rehearsal-'))
  // As root, PostgreSQL runs as another account, which must find its way to its data.
  await chmod(directory, 0o711)
  try {
    await main(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
