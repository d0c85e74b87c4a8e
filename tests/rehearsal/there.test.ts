import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShell } from '../../src/host/open.ts'
import type { Shell } from '../../src/host/shell.ts'
import { takeBackup } from '../../src/procedures/backup.ts'
import { copyDump } from '../../src/procedures/copy-dump.ts'
import type { DatabaseConnection } from '../../src/procedures/database.ts'
import { toolMajor } from '../../src/procedures/dump.ts'
import { pgDump } from '../../src/procedures/pg-dump.ts'
import { LEASE, zoneServer } from '../../src/rehearsal/zone-server.ts'
import { hostSchema } from '../../src/targets/schema.ts'
import { until } from '../../src/wait.ts'
import { engineHere } from '../support/engine.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { type ProcedureDatabases, procedureDatabases } from '../support/procedure-database.ts'
import { rehearsed } from './support/rehearsing.ts'

const here = await engineHere()
const image = await standIn()
const hasDocker = await promisify(execFile)('docker', ['--version']).then(
  () => true,
  () => false,
)
const isPossible =
  postgresBinaries !== undefined && image !== undefined && hasDocker && (await toolMajor('pg_dump')) !== undefined

describe.skipIf(!isPossible)('a rehearsal inside the zone (needs docker, an image of PostgreSQL 15 and pg_dump)', () => {
  let databases: ProcedureDatabases
  let live: DatabaseConnection
  let shell: Shell
  beforeAll(async () => {
    databases = await procedureDatabases()
    chmodSync(databases.directory, 0o755)
    live = await databases.fresh(
      "CREATE TABLE hook (i int PRIMARY KEY, t text); INSERT INTO hook SELECT i, 'secret row ' || i FROM generate_series(1, 500) i; CREATE TABLE none (i int)",
    )
    shell = await openShell(hostSchema.parse({}))
  }, 30_000)
  afterAll(async () => {
    await shell?.close()
    await databases?.[Symbol.asyncDispose]()
  })

  it('reads the backups there, walks back over broken ones, and brings back names and counts alone', async () => {
    const folder = path.join(databases.directory, 'backups')
    const backUp = (day: number, dump: ReturnType<typeof pgDump>) =>
      takeBackup({ backups: folder, database: live, configuration: [], images: {}, dump, at: new Date(Date.UTC(2026, 0, day)) })
    await backUp(1, copyDump())
    const { directory } = await backUp(2, pgDump())
    const archive = readFileSync(path.join(directory, 'database.dump'))
    const dump = gzipSync(`CREATE TABLE hook (i int);\n${'-- a long comment\n'.repeat(5_000)}SELECT 1;\n`, { level: 0 })
    writeFileSync(path.join(folder, '20260103_000000.sql.gz'), dump.subarray(0, dump.length / 2))
    writeFileSync(path.join(folder, '20260104_000000.sql.xz'), execFileSync('xz', ['-c'], { input: dump }).subarray(0, -100))
    writeFileSync(path.join(folder, '20260105_000000.sql.gz'), gzipSync('-- PostgreSQL database cluster dump\n\\connect other\n'))
    writeFileSync(path.join(folder, '20260106_000000.sql.Z'), Buffer.from([0x1f, 0x9d, 0x90, 1]))
    writeFileSync(
      path.join(directory, 'database.dump'),
      Buffer.from(archive.map((byte, at) => (at === archive.length - 12 ? byte ^ 1 : byte))),
    )
    const seen: string[] = []
    const watched: Shell = {
      ...shell,
      async run(argv, options) {
        const result = await shell.run(argv, options)
        seen.push(result.stdout, Buffer.from(result.stdout, 'base64').toString('latin1'))
        return result
      },
    }
    const signal = AbortSignal.timeout(100_000)
    const report = await rehearsed({
      admin: databases.admin,
      liveConnection: live,
      directory: databases.directory,
      backups: folder,
      folderThere: folder,
      queries: { hooks: 'SELECT count(*) FROM hook' },
      sandbox: () =>
        zoneServer({ host: hostSchema.parse({}), shell: watched, image: image ?? '', forward: async (port) => port, signal }),
      signal,
    })
    expect(report.failed.map(({ name, flaw }) => `${name} ${flaw}`)).toEqual([
      '20260106_000000.sql.Z not-here',
      '20260105_000000.sql.gz not-here',
      '20260104_000000.sql.xz truncated',
      '20260103_000000.sql.gz truncated',
      '20260102_000000 altered',
    ])
    expect(report).toMatchObject({
      restored: {
        name: '20260101_000000',
        comparedWith: 'manifest',
        tables: [
          { name: 'hook', restored: 500 },
          { name: 'none', restored: 0 },
        ],
      },
      destroyed: [expect.stringMatching(/^the container \w+ on local and its volume are gone$/)],
      left: [],
    })
    expect(seen.join('\n'), 'a row that came here').not.toMatch(/secret row/)
  }, 120_000)

  it('takes its container with it when nobody listens any more', async () => {
    const argv = ['bash', '-c', LEASE, 'bash', '--entrypoint', 'sleep', image ?? '', '60']
    // In a session of its own, as on the far side of a connection: it is not ended with whoever asked.
    const asked = shell.stream(['sh', '-c', 'setsid "$@" & wait', 'sh', ...argv], {
      timeoutMs: 60_000,
      maxBytes: 10_000,
      signal: AbortSignal.timeout(60_000),
    })
    asked.on('error', () => undefined)
    await once(asked, 'data')
    const before = await containers()
    asked.destroy()
    expect(before).toHaveLength(1)
    const left = await until(containers, (found) => found.length === 0, { deadlineMs: 20_000, everyMs: 200 })
    expect(left).toEqual([])
  })
})

async function containers(): Promise<string[]> {
  if ('reason' in here) return []
  const found = await here.engine.docker.listContainers({ all: true, filters: { label: ['runbook.rehearsal=zone'] } })
  return found.map(({ Id }) => Id)
}

async function standIn(): Promise<string | undefined> {
  if ('reason' in here) return undefined
  const images = await here.engine.docker.listImages()
  return images.flatMap(({ RepoTags }) => RepoTags ?? []).find((tag) => /postgres:15/.test(tag))
}
