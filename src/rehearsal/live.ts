import type { CatalogTable } from '../procedures/catalog.ts'

/** What the live database says of itself. */
export interface LiveFacts {
  /** server_version_num, such as 150018. */
  readonly serverVersion: number
  readonly schemaHash: string
  /** Size of the database. */
  readonly bytes: number
  /** Names of the roles of its server, which a dump may mention. */
  readonly roles: readonly string[]
  readonly tables: readonly CatalogTable[]
}

/** The live database, read and nothing else. */
export interface LiveDatabase {
  readonly name: string
  /** @throws Unobserved where it cannot be read */
  facts(): Promise<LiveFacts>
  /** Rows that were made until then, by the name of the table; of tables that tell when a row was made. @throws Unobserved */
  rowsUntil(tables: readonly CatalogTable[], until: Date): Promise<ReadonlyMap<string, number>>
}
