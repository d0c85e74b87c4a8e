import { createHash } from 'node:crypto'
import type pg from 'pg'
import { type Catalog, readCatalog } from './catalog.ts'

/**
 * SHA-256 of a database's schema: every object as the statement that makes it, sorted. Equal for equal schemas on whatever
 * server, whoever asks and in whatever order the objects were made; rows, owners and sequence positions do not count.
 */
export function schemaHashOf(catalog: Catalog): string {
  const lines = [...catalog.statements.map(({ sql }) => sql), ...catalog.unsupported.map((name) => `unsupported ${name}`)].sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}

/** The schema hash of the database that this client is connected to, read inside the caller's transaction. */
export async function schemaHash(client: pg.Client): Promise<string> {
  return schemaHashOf(await readCatalog(client))
}
