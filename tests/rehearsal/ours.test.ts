import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShell } from '../../src/host/open.ts'
import { takeBackup } from '../../src/procedures/backup.ts'
import { copyDump } from '../../src/procedures/copy-dump.ts'
import type { DatabaseConnection } from '../../src/procedures/database.ts'
import { databasesLike } from '../../src/procedures/database-swap.ts'
import { toolMajor } from '../../src/procedures/dump.ts'
import { pgDump } from '../../src/procedures/pg-dump.ts'
import { brokenBy } from '../../src/rehearsal/cause.ts'
import { chooseSandbox } from '../../src/rehearsal/choose.ts'
import { containerServer } from '../../src/rehearsal/container-server.ts'
import { hostSource } from '../../src/rehearsal/source.ts'
import { hostSchema } from '../../src/targets/schema.ts'
import { until } from '../../src/wait.ts'
import { engineHere } from '../support/engine.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { type ProcedureDatabases, procedureDatabases } from '../support/procedure-database.ts'
import { rehearsed, sharedSandbox } from './support/rehearsing.ts'

/** A full disk of a size that a test can fill: a file system of its own in memory, which only root may mount. */
const mayMount = process.getuid?.() === 0 && process.platform === 'linux'
const image = await standIn()
const hasTools = (await toolMajor('pg_dump')) !== undefined

describe.skipIf(postgresBinaries === undefined)('what goes wrong on our own side', () => {
  let databases: ProcedureDatabases
  let live: DatabaseConnection
  let backups: string
  beforeAll(async () => {
    databases = await procedureDatabases()
    chmodSync(databases.directory, 0o755)
    live = await databases.fresh(
      'CREATE TABLE hook (i int PRIMARY KEY, t text); INSERT INTO hook SELECT i, md5(i::text) FROM generate_series(1, 30000) i',
    )
    backups = path.join(databases.directory, 'backups')
    await takeBackup({
      backups,
      database: live,
      configuration: [],
      images: {},
      dump: copyDump(),
      at: new Date(Date.UTC(2026, 0, 2)),
    })
  }, 30_000)
  afterAll(async () => databases?.[Symbol.asyncDispose]())

  const options = () => ({ admin: databases.admin, liveConnection: live, directory: databases.directory, backups })

  it.skipIf(!mayMount).for([
    ['as we see ourselves', /\d+ bytes left/, undefined],
    ['as its server says, on a disk into which we do not see', /No space left on device|could not extend file/, 'unseen'],
  ] as const)(
    'is unobserved where our disk is full in the middle of a restore, %s (needs to mount)',
    async ([_by, says, disk], { skip }) => {
      const base = path.join(databases.directory, 'small')
      const large = path.join(databases.directory, 'large')
      for (const place of [base, large]) mkdirSync(place, { recursive: true })
      const rows = 'CREATE TABLE hook AS SELECT i, repeat(md5(i::text), 20) t FROM generate_series(1, 400000) i;\n'
      writeFileSync(path.join(large, '20260102_000000.sql.gz'), gzipSync(rows))
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=192m,mode=0755', 'tmpfs', base])
      } catch (error) {
        return skip(`nothing can be mounted here: ${String(error)}`)
      }
      try {
        const sandbox = async (needs: { major: number; archive: boolean }) => {
          const own = await chooseSandbox({ base, image: 'none', signal: AbortSignal.timeout(60_000) }, needs)
          return disk === 'unseen' ? { ...own, directory: undefined } : own
        }
        const looked = rehearsed({ ...options(), backups: large, sandbox, factor: 1_000 })
        await expect(looked).rejects.toMatchObject({
          name: 'Unobserved',
          rootCause: { id: 'rehearsal:no-room', text: expect.stringMatching(says) },
        })
        expect(readdirSync(base), 'left behind').toEqual([])
      } finally {
        execFileSync('umount', [base])
      }
    },
  )

  it.each([
    [
      'our disk is full',
      Object.assign(new Error('could not extend file "base/1": No space left on device'), { code: '53100' }),
      'rehearsal:no-room',
    ],
    ['pg_restore says so', new Error('pg_restore ended with 1: could not extend file'), 'rehearsal:no-room'],
    [
      'our server was ended',
      Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' }),
      'rehearsal:server-gone',
    ],
    ['our server ran out of memory', Object.assign(new Error('out of memory'), { code: '53200' }), 'rehearsal:server-gone'],
    ['the connection broke', new Error('Connection terminated unexpectedly'), 'rehearsal:server-gone'],
  ])('says nothing of a backup where %s', (_what, error, id) => {
    expect(() => brokenBy(error, { directory: '/srv' })).toThrow(
      expect.objectContaining({ rootCause: { id, text: expect.any(String) } }),
    )
  })

  it('is unobserved where a disk would be too small from the beginning', async () => {
    const sandbox = async () => ({ ...sharedSandbox(databases.admin, databases.directory), directory: '/proc' })
    await expect(rehearsed({ ...options(), sandbox })).rejects.toThrow(/no room for the restored database \(\/proc: 0 bytes free/)
    expect(await databasesLike({ admin: databases.admin }, 'rehearsal')).toEqual([])
  })

  it('leaves nothing where it is interrupted in the middle', async () => {
    const folder = path.join(databases.directory, 'slow')
    mkdirSync(folder)
    writeFileSync(path.join(folder, '20260103_000000.sql.gz'), gzipSync('CREATE TABLE hook (i int);\nSELECT pg_sleep(60);\n'))
    const base = path.join(databases.directory, 'interrupted')
    mkdirSync(base)
    chmodSync(base, 0o755)
    const controller = new AbortController()
    const sandbox = (needs: { major: number; archive: boolean }) =>
      chooseSandbox({ base, image: 'none', signal: controller.signal }, needs)
    const looked = rehearsed({ ...options(), backups: folder, sandbox, signal: controller.signal })
    const begun = until(
      async () => readdirSync(base).length,
      (found) => found > 0,
      { deadlineMs: 20_000, everyMs: 50 },
    )
    await Promise.all([
      begun.then(() => controller.abort(new Error('interrupted'))),
      expect(looked).rejects.toThrow(/interrupted|cut off/),
    ])
    expect(readdirSync(base)).toEqual([])
  })

  it('leaves nothing where it is killed in the middle', async () => {
    const base = path.join(databases.directory, 'killed')
    mkdirSync(base)
    chmodSync(base, 0o755)
    const own = pathToFileURL(path.resolve('src/rehearsal/own-server.ts')).href
    const code = `const { ownServer } = await import('${own}')
      const { admin, directory } = await ownServer({ base: '${base}', signal: AbortSignal.timeout(60000) })
      console.log(directory); setInterval(() => undefined, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    expect(processesIn(base)).not.toEqual([])
    child.kill('SIGKILL')
    const left = await until(
      async () => [...readdirSync(base), ...processesIn(base)],
      (found) => found.length === 0,
      { deadlineMs: 15_000, everyMs: 100 },
    )
    expect(left).toEqual([])
  })

  it('is unobserved where the account may not read the backups, and says what would help', async () => {
    const folder = path.join(databases.directory, 'forbidden')
    mkdirSync(folder)
    writeFileSync(path.join(folder, '20260103_000000.sql.gz'), gzipSync('SELECT 1;'), { mode: 0o000 })
    const signal = AbortSignal.timeout(20_000)
    const shell = await openShell(hostSchema.parse({}))
    // As root everything may be read: then it is the command that is refused.
    const refusing = {
      ...shell,
      stream: () =>
        shell.stream(['sh', '-c', 'echo "cat: x: Permission denied" >&2; exit 1'], { timeoutMs: 5_000, maxBytes: 10, signal }),
    }
    const source = hostSource({ shell: refusing, address: 'here', folder, sudo: false, signal, timeoutMs: 5_000 })
    const report = await rehearsed({ ...options(), backups: folder, source })
    expect(report).toMatchObject({
      restored: null,
      failed: [{ flaw: 'unreadable', unseen: true, next: expect.stringMatching(/sudo: true/) }],
    })
  })

  it('says what is missing where no server of that major can be had', async () => {
    const signal = AbortSignal.timeout(20_000)
    const looked = chooseSandbox(
      { base: databases.directory, image: 'localhost/none:{major}', signal },
      { major: 12, archive: false },
    )
    await expect(looked).rejects.toThrow(
      /no disposable PostgreSQL 12 can be had: the project brings PostgreSQL 15 along; and in a container: .*\. Install/,
    )
  })

  it.skipIf(image === undefined || !hasTools)(
    'restores an archive in a container, and removes that (needs an engine and an image of PostgreSQL 15)',
    async () => {
      const folder = path.join(databases.directory, 'archives')
      await takeBackup({
        backups: folder,
        database: live,
        configuration: [],
        images: {},
        dump: pgDump(),
        at: new Date(Date.UTC(2026, 0, 2)),
      })
      const sandbox = () => containerServer({ image: image ?? '', signal: AbortSignal.timeout(60_000) })
      const report = await rehearsed({ ...options(), backups: folder, sandbox })
      expect(report).toMatchObject({
        failed: [],
        restored: { tables: [{ name: 'hook', expected: 30_000, restored: 30_000 }] },
        destroyed: [expect.stringMatching(/^the container \w+ and its volume are gone$/)],
        left: [],
      })
    },
    60_000,
  )
})

function processesIn(directory: string): string[] {
  const all = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n')
  return all.filter((line) => line.includes(`-D ${directory}`))
}

/** An image of the right major that the engine here has; undefined where there is none. */
async function standIn(): Promise<string | undefined> {
  const here = await engineHere()
  if ('reason' in here) return undefined
  const images = await here.engine.docker.listImages()
  return images.flatMap(({ RepoTags }) => RepoTags ?? []).find((tag) => /postgres:15/.test(tag))
}
