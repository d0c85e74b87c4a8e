import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import type { Catalog, CatalogTable } from './catalog.ts'
import { quoted } from './database.ts'
import type { DatabaseDump, DumpRequest, LoadRequest } from './dump.ts'
import { type BackupFile, type Manifest, UnusableBackup } from './manifest.ts'
import { contentOf, storeFile, textOf } from './stored-file.ts'

const FOLDER = 'database'
const BEFORE = `${FOLDER}/1-before.sql.gz`
const AFTER = `${FOLDER}/3-after.sql.gz`
const ROWS = /^database\/2-\d{3}-\w+\.copy\.gz$/
/** Schemas are read whole; none of ours comes near this. */
const MAX_SCHEMA_BYTES = 16 * 1024 * 1024
/** What the server must be set to while the files run: names as written, bodies not looked into, texts unchanged. */
const PREAMBLE = [
  "SET search_path = ''",
  'SET check_function_bodies = false',
  "SET client_encoding = 'UTF8'",
  'SET standard_conforming_strings = on',
]

/**
 * A dump without pg_dump: the statements that make the schema, one COPY stream a table, the statements that need the rows.
 * Loaded by hand with psql: the first file, each COPY file through \copy as 1-before.sql.gz lists them, the last file.
 */
export function copyDump(): DatabaseDump {
  return { method: 'copy', loadsInTransaction: true, dump, load }
}

async function dump({ client, catalog, directory, signal }: DumpRequest): Promise<readonly BackupFile[]> {
  if (catalog.unsupported.length > 0)
    throw new Error(
      `a COPY dump cannot hold ${catalog.unsupported.join(', ')}; put pg_dump of the server's major on the PATH and take the backup again`,
    )
  if (catalog.tables.length === 0) throw new Error('the database has no table: an empty dump would be worth nothing')
  const store = (path: string, content: Readable): Promise<BackupFile> =>
    storeFile(content, { directory, path, ...(signal === undefined ? {} : { signal }) })
  const files = [await store(BEFORE, Readable.from([beforeText(catalog)]))]
  for (const [index, table] of catalog.tables.entries())
    files.push(await store(rowsFile(index, table), client.query(copyTo(`COPY ${target(table)} TO STDOUT`))))
  files.push(await store(AFTER, Readable.from([await afterText(client, catalog)])))
  return files
}

async function load({ client, directory, manifest, signal }: LoadRequest): Promise<void> {
  await loadCopies(client, manifest, async (file) => contentOf(directory, file), signal)
}

/** Gives the unpacked content of a backup's file; it fails where that is not what the manifest says. */
export type OpenFile = (file: BackupFile) => Promise<Readable>

/** Loads such a dump inside the client's transaction, each file from wherever `open` finds it. @throws UnusableBackup, or what the server said */
export async function loadCopies(client: pg.Client, manifest: Manifest, open: OpenFile, signal?: AbortSignal): Promise<void> {
  const text = async (path: string): Promise<string> => {
    const file = fileOf(manifest.files, path)
    return textOf(await open(file), file, MAX_SCHEMA_BYTES)
  }
  const before = await text(BEFORE)
  await client.query(before)
  const copies = [...before.matchAll(/^-- (database\/\S+): (COPY .* FROM STDIN)$/gm)]
  const listed = manifest.files.filter(({ path }) => ROWS.test(path))
  if (copies.length !== listed.length)
    throw new UnusableBackup(`${BEFORE} lists ${copies.length} files of rows, the manifest ${listed.length}`)
  for (const [, path = '', statement = ''] of copies) {
    const content = await open(fileOf(manifest.files, path))
    await pipeline([content, client.query(copyFrom(statement))], signal === undefined ? {} : { signal })
  }
  await client.query(await text(AFTER))
}

function beforeText(catalog: Catalog): string {
  const copies = catalog.tables.map((table, index) => `-- ${rowsFile(index, table)}: COPY ${target(table)} FROM STDIN`)
  return `${copies.join('\n')}\n${script([...PREAMBLE, ...phase(catalog, 'before')])}`
}

async function afterText(client: pg.Client, catalog: Catalog): Promise<string> {
  const positions: string[] = []
  for (const { schema, name } of catalog.sequences) {
    const { rows } = await client.query<{ last_value: string; is_called: boolean }>(
      `SELECT last_value, is_called FROM ${quoted(schema, name)}`,
    )
    const regclass = `'${quoted(schema, name).replaceAll("'", "''")}'`
    positions.push(`SELECT pg_catalog.setval(${regclass}, ${rows[0]?.last_value}, ${rows[0]?.is_called})`)
  }
  return script([...PREAMBLE, ...positions, ...phase(catalog, 'after')])
}

function phase(catalog: Catalog, wanted: 'before' | 'after'): string[] {
  return catalog.statements.flatMap((statement) => (statement.phase === wanted ? statement.sql : []))
}

function script(statements: readonly string[]): string {
  return statements.map((sql) => `${sql};\n`).join('')
}

function target({ schema, name, columns }: CatalogTable): string {
  const list = columns.length === 0 ? '' : ` (${columns.map((column) => quoted(column)).join(', ')})`
  return `${quoted(schema, name)}${list}`
}

function rowsFile(index: number, table: CatalogTable): string {
  const readable = table.name.replaceAll(/[^\w]/g, '_')
  return `${FOLDER}/2-${String(index + 1).padStart(3, '0')}-${readable}.copy.gz`
}

function fileOf(files: readonly BackupFile[], path: string): BackupFile {
  const file = files.find((candidate) => candidate.path === path)
  if (file === undefined) throw new UnusableBackup(`the manifest does not list ${path}`)
  return file
}
