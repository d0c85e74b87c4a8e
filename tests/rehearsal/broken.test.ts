import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { rename } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { takeBackup } from '../../src/procedures/backup.ts'
import { copyDump } from '../../src/procedures/copy-dump.ts'
import type { DatabaseConnection } from '../../src/procedures/database.ts'
import { databasesLike } from '../../src/procedures/database-swap.ts'
import { toolMajor } from '../../src/procedures/dump.ts'
import { pgDump } from '../../src/procedures/pg-dump.ts'
import type { Flaw } from '../../src/rehearsal/flaw.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { type ProcedureDatabases, procedureDatabases } from '../support/procedure-database.ts'
import { rehearsed } from './support/rehearsing.ts'

const hasTools = (await toolMajor('pg_dump')) !== undefined && (await toolMajor('pg_restore')) !== undefined

/** Every fault of a row's bytes is one that the packing cannot repair. */
const FILL = `CREATE TABLE hook (id int PRIMARY KEY, source text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE kept (name text);
  CREATE INDEX hook_created_at ON hook (created_at);
  INSERT INTO hook SELECT i, md5(i::text), '2026-01-02 00:00Z'::timestamptz - i * interval '1 min' FROM generate_series(1, 4000) i;
  INSERT INTO kept VALUES ('for ever')`

/** One backup as pg_dump wrote it, and one of ours of each method; a case spoils a copy of one of them. */
interface Good {
  readonly plain: Buffer
  readonly archive: Buffer
  readonly copies: string
  readonly ofTool: string
}

interface Broken {
  readonly what: string
  readonly flaw: Flaw
  readonly says: RegExp
  /** Makes it in the folder of backups, under the name of the newest. */
  readonly make: (folder: string, good: Good, name: string) => void
  readonly unseen?: true
  readonly needsTools?: true
}

/** A rehearsal walks back so far, and one good backup stands behind the broken ones. */
const AT_ONCE = 9
const plain =
  (content: (good: Good) => Buffer, ending = 'sql.gz') =>
  (folder: string, good: Good, name: string) =>
    writeFileSync(path.join(folder, `${name}.${ending}`), content(good))
const archive = (content: (good: Good) => Buffer) => plain(content, 'dump')
const flipped = (bytes: Buffer, at = Math.floor(bytes.length / 2)): Buffer => {
  const changed = Buffer.from(bytes)
  changed[at] = (changed[at] ?? 0) ^ 0x10
  return changed
}
const ours =
  (spoil: (place: string) => void, of: 'copies' | 'ofTool' = 'copies') =>
  (folder: string, good: Good, name: string) => {
    cpSync(good[of], path.join(folder, name), { recursive: true })
    spoil(path.join(folder, name))
  }
const rowsOf = (place: string): string =>
  path.join(place, 'database', readdirSync(path.join(place, 'database')).find((name) => name.includes('hook')) ?? '')
const manifest = (change: (text: string) => string) =>
  ours((place) => {
    const file = path.join(place, 'manifest.json')
    writeFileSync(file, change(readFileSync(file, 'utf8')))
  })
const header = (version: number) =>
  Buffer.from(`--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version ${version}.1\n\n`)

const isThere = (tool: string): boolean => spawnSync(tool, ['--help']).error === undefined
const packedBy = (tool: string, content: Buffer): Buffer => execFileSync(tool, ['-c'], { input: content })
/** As pg_dumpall writes it. */
const CLUSTER = [
  '-- PostgreSQL database cluster dump',
  'CREATE ROLE postgres;',
  '\\connect other',
  '-- PostgreSQL database dump',
  'CREATE TABLE hook (i int);',
  '-- PostgreSQL database dump complete',
  `\\connect -reuse-previous=on "dbname='a third'"`,
  'CREATE TABLE hook (i int);',
  '-- PostgreSQL database cluster dump complete',
  '',
].join('\n')

const BROKEN: readonly Broken[] = [
  { what: 'an empty file', flaw: 'empty-file', says: /is empty/, make: plain(() => Buffer.alloc(0)) },
  { what: 'an empty .gz', flaw: 'empty-archive', says: /packed by gzip and holds nothing/, make: plain(() => gzipSync('')) },
  {
    what: 'an empty .zst',
    flaw: 'empty-archive',
    says: /packed by zstd and holds nothing/,
    make: plain(() => zstdCompressSync('')),
  },
  { what: 'a dump of comments alone', flaw: 'empty-archive', says: /no statement/, make: plain(() => gzipSync('-- nothing\n')) },
  {
    what: 'a packed dump that breaks off',
    flaw: 'truncated',
    says: /breaks off/,
    make: plain(({ plain: whole }) => whole.subarray(0, whole.length / 2)),
    needsTools: true,
  },
  {
    what: 'a plain dump that breaks off between two statements',
    flaw: 'truncated',
    says: /the line that ends every dump/,
    make: plain(() => gzipSync(`${header(15)}CREATE TABLE hook (i int);\n`)),
  },
  {
    what: 'an archive that breaks off',
    flaw: 'truncated',
    says: /end of file/,
    make: archive(({ archive: whole }) => whole.subarray(0, whole.length - 2_000)),
    needsTools: true,
  },
  {
    what: 'one of ours whose rows break off',
    flaw: 'truncated',
    says: /is truncated: it has 10 of \d+ bytes/,
    make: ours((place) => truncateSync(rowsOf(place), 10)),
  },
  {
    what: 'a flipped bit whose checksum is known, in rows',
    flaw: 'altered',
    says: /hook\.copy\.gz was altered/,
    make: ours((place) => writeFileSync(rowsOf(place), flipped(readFileSync(rowsOf(place)), 8))),
  },
  {
    what: 'a flipped bit whose checksum is known, in an archive',
    flaw: 'altered',
    says: /database\.dump was altered/,
    make: ours((place) => {
      const file = path.join(place, 'database.dump')
      const bytes = readFileSync(file)
      // In the name of a column of the last statement: it would restore well.
      writeFileSync(file, flipped(bytes, bytes.length - 12))
    }, 'ofTool'),
    needsTools: true,
  },
  {
    what: 'a flipped bit beside a lone file’s checksum',
    flaw: 'altered',
    says: /was altered: its checksum/,
    make: (folder, { plain: whole }, name) => {
      writeFileSync(path.join(folder, `${name}.sql.gz`), flipped(whole, 4))
      writeFileSync(path.join(folder, `${name}.sql.gz.sha256`), createHash('sha256').update(whole).digest('hex'))
    },
    needsTools: true,
  },
  {
    what: 'a flipped bit whose checksum nobody knows, in a packed dump',
    flaw: 'damaged',
    says: /cannot be unpacked/,
    make: plain(({ plain: whole }) => flipped(whole)),
    needsTools: true,
  },
  {
    what: 'a flipped bit whose checksum nobody knows, in an archive',
    flaw: 'damaged',
    says: /pg_restore ended with 1/,
    make: archive(({ archive: whole }) => flipped(whole, whole.indexOf('hook_created_at') + 40_000)),
    needsTools: true,
  },
  {
    what: 'a compressed bomb that goes on for ever',
    flaw: 'bomb',
    says: /unpacks to more than \d+ bytes \(4 times the live database/,
    make: plain(() => gzipSync(Buffer.concat([header(15), Buffer.alloc(64 * 1024 * 1024, '-- x\n')]))),
  },
  {
    what: 'a bomb of few words',
    flaw: 'bomb',
    says: /it had become \d+ bytes in the database/,
    make: plain(() =>
      gzipSync('CREATE TABLE hook AS SELECT repeat(md5(i::text), 60) t FROM (SELECT generate_series(1, 2000000000) i) s;\n'),
    ),
  },
  {
    what: 'a bomb that fills temporary files',
    flaw: 'bomb',
    says: /more room for temporary files/,
    make: plain(() => gzipSync('CREATE TABLE hook AS SELECT i FROM generate_series(1, 2000000000) i;\n')),
  },
  {
    what: 'one encrypted by gpg',
    flaw: 'encrypted',
    says: /encrypted by gpg/,
    unseen: true,
    make: plain(() => Buffer.from([0x8c, 0x0d, 0x04, 0x09, 0x03, 0x02, 1, 2, 3]), 'sql.gz.gpg'),
  },
  {
    what: 'one encrypted by age',
    flaw: 'encrypted',
    says: /encrypted by age/,
    unseen: true,
    make: plain(() => Buffer.from('age-encryption.org/v1\n-> X25519 x\n'), 'sql.gz.age'),
  },
  {
    what: 'one encrypted by openssl',
    flaw: 'encrypted',
    says: /encrypted by openssl/,
    unseen: true,
    make: plain(() => Buffer.from('Salted__12345678abc'), 'sql.gz.enc'),
  },
  {
    what: 'a picture',
    flaw: 'not-a-backup',
    says: /no dump: it is bytes of no known kind/,
    make: plain(() => Buffer.from([0x89, 0x50, 0, 1])),
  },
  { what: 'a web page', flaw: 'not-a-backup', says: /it is a web page/, make: plain(() => gzipSync('<!DOCTYPE html><p>503')) },
  {
    what: 'changed bytes that unpack to something else, which shows at their end',
    flaw: 'damaged',
    says: /cannot be unpacked/,
    make: plain(() => {
      const packed = gzipSync(Buffer.alloc(200_000, '\u0001\u00fe'), { level: 0 })
      return flipped(packed, packed.length - 6)
    }),
  },
  {
    what: 'a letter',
    flaw: 'not-a-backup',
    says: /it is a text, and no dump/,
    make: plain(() => gzipSync('Dear all; the backup moved.\n')),
  },
  {
    what: 'one packed by a tool that is not read here',
    flaw: 'not-here',
    says: /packed by compress, which is not read here/,
    unseen: true,
    make: plain(() => Buffer.from([0x1f, 0x9d, 0x90, 1]), 'sql.Z'),
  },
  {
    what: 'a tar of something else',
    flaw: 'not-here',
    says: /is a tar archive of something else/,
    unseen: true,
    make: (folder, _, name) => {
      writeFileSync(path.join(folder, 'PG_VERSION'), '15')
      execFileSync('tar', ['-C', folder, '--remove-files', '-cf', path.join(folder, `${name}.tar`), 'PG_VERSION'])
    },
  },
  ...(['xz', 'bzip2', 'lz4'] as const).filter(isThere).flatMap((by): Broken[] => [
    {
      what: `one packed by ${by} that breaks off`,
      flaw: 'truncated',
      says: /breaks off/,
      make: plain(({ plain: whole }) => packedBy(by, gunzipSync(whole)).subarray(0, -200), `sql.${by}`),
      needsTools: true,
    },
    {
      what: `a flipped bit in one packed by ${by}`,
      flaw: 'damaged',
      says: /cannot be unpacked/,
      make: plain(({ plain: whole }) => flipped(packedBy(by, gunzipSync(whole))), `sql.${by}`),
      needsTools: true,
    },
  ]),
  {
    what: 'a dump of a cluster without this database',
    flaw: 'wrong-database',
    says: /of a whole cluster, and holds no database fresh_\d+ \(it holds other, a third\)/,
    make: plain(() => gzipSync(CLUSTER)),
  },
  {
    what: 'a dump of a cluster that breaks off',
    flaw: 'truncated',
    says: /the line that ends every dump/,
    make: plain(() => gzipSync(CLUSTER.slice(0, CLUSTER.lastIndexOf('--')))),
  },
  {
    what: 'a plain dump of a newer major',
    flaw: 'newer-major',
    says: /of PostgreSQL 17, and the live server is 15/,
    make: plain(() => gzipSync(`${header(17)}SELECT 1;\n`)),
  },
  {
    what: 'one of ours of a newer major',
    flaw: 'newer-major',
    says: /of PostgreSQL 16, and the live server is 15/,
    make: manifest((text) => text.replace(/"serverVersion": \d+/, '"serverVersion": 160003')),
  },
  {
    what: 'one of ours of another database',
    flaw: 'wrong-database',
    says: /of the database other, and not of fresh_/,
    make: manifest((text) => text.replace(/"name": "fresh_\d+"/, '"name": "other"')),
  },
  {
    what: 'a plain dump of another database',
    flaw: 'wrong-database',
    says: /none \(it holds invoice\)/,
    make: plain(() => gzipSync(`${header(15)}CREATE TABLE invoice (i int);\n-- PostgreSQL database dump complete\n`)),
  },
  {
    what: 'an archive of another database',
    flaw: 'wrong-database',
    says: /of the database elsewhere, and not of fresh_/,
    make: archive(({ archive: whole }) =>
      Buffer.from(
        whole
          .toString('latin1')
          .replace(/fresh_\d+/, 'elsewhere')
          .replace('\u0007\u0000\u0000\u0000elsewhere', '\u0009\u0000\u0000\u0000elsewhere'),
        'latin1',
      ),
    ),
    needsTools: true,
  },
  {
    what: 'one whose manifest is gone',
    flaw: 'incomplete',
    says: /has no manifest\.json/,
    make: ours((place) => rmSync(path.join(place, 'manifest.json'))),
  },
  {
    what: 'an empty directory',
    flaw: 'incomplete',
    says: /neither a manifest nor a dump/,
    make: (folder, _, name) => mkdirSync(path.join(folder, name)),
  },
  {
    what: 'one that lacks a file of its manifest',
    flaw: 'missing',
    says: /hook\.copy\.gz is missing/,
    make: ours((place) => rmSync(rowsOf(place))),
  },
  { what: 'a manifest that is none', flaw: 'bad-manifest', says: /no JSON/, make: manifest((text) => text.slice(0, 100)) },
  {
    what: 'a manifest with wrong counts',
    flaw: 'differs',
    says: /table hook has 4000 rows instead of 4001/,
    make: manifest((text) => text.replace('"rows": 4000', '"rows": 4001')),
  },
  {
    what: 'a dump without manifest that lacks rows',
    flaw: 'differs',
    says: /hook has 2 rows until 2026-01-02T23:59\S+, and the live database 4000/,
    make: plain(() =>
      gzipSync(
        "CREATE TABLE hook (id int, source text, created_at timestamptz DEFAULT now()); INSERT INTO hook VALUES (1, 'x', '2026-01-01 20:00Z'), (2, 'x', '2026-01-02 00:00Z');\n",
      ),
    ),
  },
  {
    what: 'a dump with an error in the middle',
    flaw: 'does-not-restore',
    says: /division by zero/,
    make: plain(() => gzipSync('CREATE TABLE hook (i int);\nSELECT 1 / 0;\n')),
  },
  {
    what: 'a dump with commands to psql',
    flaw: 'does-not-restore',
    says: /it was not obeyed/,
    make: plain(() => gzipSync('CREATE TABLE hook (i int);\n\\! touch /tmp/obeyed\n')),
  },
  {
    what: 'a dump that would run a program',
    flaw: 'does-not-restore',
    says: /permission denied to COPY to or from an external program|must be superuser/,
    make: plain(() => gzipSync("CREATE TABLE hook (i int);\nCOPY hook FROM PROGRAM 'id';\n")),
  },
]

describe.skipIf(postgresBinaries === undefined)('a newest backup that does not come back', () => {
  let databases: ProcedureDatabases
  let live: DatabaseConnection
  let good: Good
  let folder: string
  beforeAll(async () => {
    databases = await procedureDatabases()
    chmodSync(databases.directory, 0o755)
    live = await databases.fresh(FILL)
    good = await goodBackups(path.join(databases.directory, 'good'), live)
    folder = path.join(databases.directory, 'backups')
  }, 30_000)
  afterAll(async () => databases?.[Symbol.asyncDispose]())
  beforeEach(() => {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    cpSync(good.copies, path.join(folder, '20260102_000000'), { recursive: true })
  })

  const cases = BROKEN.filter(({ needsTools }) => hasTools || needsTools !== true)
  const batches = Array.from({ length: Math.ceil(cases.length / AT_ONCE) }, (_, at) =>
    cases.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  )
  it.each(batches.map((batch) => [batch.map(({ what }) => what).join(', '), batch] as const))(
    'has a verdict and a next step of its own, and the newest that restores is found: %s',
    async (_what, batch) => {
      const named = batch.map((one, at) => ({ ...one, name: `20260103_0000${59 - at}` }))
      for (const { make, name } of named) make(folder, good, name)
      const before = treeOf(folder)
      const report = await rehearsed({
        admin: databases.admin,
        liveConnection: live,
        directory: databases.directory,
        backups: folder,
      })
      expect(report.failed).toEqual(
        named.map(({ name, flaw, says, unseen = false }) => ({
          name: expect.stringMatching(`^${name}`),
          flaw,
          problem: expect.stringMatching(says),
          next: expect.stringMatching(/\w{3}/),
          unseen,
        })),
      )
      expect(report.restored).toMatchObject({ name: '20260102_000000', comparedWith: 'manifest' })
      expect(await databasesLike({ admin: databases.admin }, 'rehearsal'), 'left in the server').toEqual([])
      expect(treeOf(folder), 'the folder of backups').toEqual(before)
    },
  )
})

async function goodBackups(directory: string, database: DatabaseConnection): Promise<Good> {
  mkdirSync(directory)
  const backUp = async (name: string, dump: ReturnType<typeof pgDump>): Promise<string> => {
    const taken = await takeBackup({
      backups: directory,
      database,
      configuration: [],
      images: {},
      dump,
      at: new Date(Date.UTC(2026, 0, 2)),
    })
    await rename(taken.directory, path.join(directory, name))
    return path.join(directory, name)
  }
  const copies = await backUp('copies', copyDump())
  if (!hasTools) return { copies, ofTool: '', plain: Buffer.alloc(0), archive: Buffer.alloc(0) }
  const env = { ...process.env, PGPASSWORD: database.password }
  const argv = ['-h', database.host, '-p', String(database.port), '-U', database.user, database.database]
  const { stdout } = await promisify(execFile)('pg_dump', argv, { env, encoding: 'buffer', maxBuffer: 10_000_000 })
  const ofTool = await backUp('of-tool', pgDump())
  copyFileSync(path.join(ofTool, 'database.dump'), path.join(directory, 'archive'))
  return { copies, ofTool, plain: gzipSync(stdout), archive: readFileSync(path.join(directory, 'archive')) }
}

function treeOf(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return entries.map(({ parentPath, name }) => {
    const file = path.join(parentPath, name)
    return `${file} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`
  })
}
