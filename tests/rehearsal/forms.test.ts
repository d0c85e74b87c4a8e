import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DatabaseConnection } from '../../src/procedures/database.ts'
import { toolMajor } from '../../src/procedures/dump.ts'
import { unpackingFailure } from '../../src/rehearsal/unpacking.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { type ProcedureDatabases, procedureDatabases } from '../support/procedure-database.ts'
import { rehearsed } from './support/rehearsing.ts'

const isThere = (tool: string): boolean => spawnSync(tool, ['--help']).error === undefined
const hasTools = (await toolMajor('pg_dump')) !== undefined && isThere('pg_dumpall')

/** A way in which somebody may keep a dump: what writes it, and what packs it. */
interface Form {
  readonly what: string
  readonly tool: 'pg_dump' | 'pg_dumpall'
  readonly argv: readonly string[]
  readonly packer?: 'xz' | 'bzip2' | 'lz4' | 'zstd'
}

const FORMS: readonly Form[] = [
  { what: 'a plain dump', tool: 'pg_dump', argv: [] },
  { what: 'a plain dump packed by xz', tool: 'pg_dump', argv: [], packer: 'xz' },
  { what: 'a plain dump packed by bzip2', tool: 'pg_dump', argv: [], packer: 'bzip2' },
  { what: 'a plain dump packed by lz4', tool: 'pg_dump', argv: [], packer: 'lz4' },
  { what: 'an archive packed by xz', tool: 'pg_dump', argv: ['-Fc', '-Z0'], packer: 'xz' },
  { what: 'a tar of pg_dump', tool: 'pg_dump', argv: ['-Ft'] },
  { what: 'a tar of pg_dump packed by zstd', tool: 'pg_dump', argv: ['-Ft'], packer: 'zstd' },
  { what: 'a dump of the whole cluster', tool: 'pg_dumpall', argv: [] },
  { what: 'a dump of the whole cluster packed by lz4', tool: 'pg_dumpall', argv: [], packer: 'lz4' },
]

describe.skipIf(postgresBinaries === undefined || !hasTools)(
  'a newest backup in a form of its own (needs pg_dump and pg_dumpall)',
  () => {
    let databases: ProcedureDatabases
    let live: DatabaseConnection
    let folder: string
    beforeAll(async () => {
      databases = await procedureDatabases()
      chmodSync(databases.directory, 0o755)
      // Another database of the cluster has a table of that name as well.
      await databases.fresh('CREATE TABLE hook (i int); INSERT INTO hook VALUES (1)')
      live = await databases.fresh(
        `CREATE TABLE hook (i int PRIMARY KEY, t text, created_at timestamptz NOT NULL DEFAULT '2026-01-01');
       INSERT INTO hook SELECT i, md5(i::text) FROM generate_series(1, 300) i`,
      )
      folder = path.join(databases.directory, 'backups')
    }, 30_000)
    afterAll(async () => databases?.[Symbol.asyncDispose]())
    beforeEach(() => {
      rmSync(folder, { recursive: true, force: true })
      mkdirSync(folder)
    })

    const possible = FORMS.filter(({ packer = 'zstd' }) => packer === 'zstd' || isThere(packer))
    it.each(possible)('comes back: $what', async ({ tool, argv, packer }) => {
      const { admin } = databases
      const env = {
        ...process.env,
        PGHOST: admin.host,
        PGPORT: String(admin.port),
        PGUSER: admin.user,
        PGPASSWORD: admin.password,
      }
      const whole = [...argv, ...(tool === 'pg_dump' ? [live.database] : [])]
      const { stdout } = await promisify(execFile)(tool, whole, { env, encoding: 'buffer', maxBuffer: 50_000_000 })
      writeFileSync(path.join(folder, '20260102_000000.dump'), packed(stdout, packer))
      const report = await rehearsed({ admin, liveConnection: live, directory: databases.directory, backups: folder })
      expect(report.failed).toEqual([])
      expect(report.restored).toMatchObject({ comparedWith: 'live rows', tables: [{ name: 'hook', restored: 300 }] })
      expect(report.left).toEqual([])
    })
  },
)

describe('what a tool says of what it unpacks', () => {
  it.each([
    ['xz', 'xz: (stdin): Unexpected end of input', 'truncated'],
    ['bzip2', 'bzip2: Compressed file ends unexpectedly;\n\tperhaps it is corrupted?', 'truncated'],
    ['lz4', 'Error 68 : Unfinished stream', 'truncated'],
    ['gzip', 'gzip: stdin: unexpected end of file', 'truncated'],
    ['zstd', '/*stdin*\\ : Read error (39) : premature end', 'truncated'],
    ['xz', 'xz: (stdin): Compressed data is corrupt', 'damaged'],
    ['lz4', 'Error 66 : Decompression error : ERROR_contentChecksum_invalid', 'damaged'],
    ['xz', 'xz: (stdin): Memory usage limit reached', 'bomb'],
    ['lz4', 'lz4: command not found', 'not-here'],
    ['lz4', '', 'damaged'],
  ])('%s: %s', (by, complaint, flaw) => {
    expect(unpackingFailure(by, complaint)).toMatchObject({ flaw })
  })
})

function packed(content: Buffer, packer: string | undefined): Buffer {
  if (packer === undefined) return content
  return packer === 'zstd' ? zstdCompressSync(content) : execFileSync(packer, ['-c'], { input: content, maxBuffer: 50_000_000 })
}
