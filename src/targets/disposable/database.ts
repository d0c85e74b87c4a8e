import type { Client } from 'pg'

/** A server, and who administers it. */
export interface AdministeredServer {
  readonly host: string
  readonly port: number
  readonly superuser: string
  readonly superuserPassword: string
}

export interface DatabaseOptions {
  readonly database: string
  /** The role that owns it; made where it does not exist. */
  readonly user: string
  readonly password: string
  /** SQL that makes the schema, run as the owner. */
  readonly schema?: string
}

/** Makes a database with its owner and schema, as a deploy's first start does. */
export async function createDatabase(
  postgres: AdministeredServer,
  { database, user, password, schema }: DatabaseOptions,
): Promise<void> {
  await asAccount(
    postgres,
    { user: postgres.superuser, password: postgres.superuserPassword, database: 'postgres' },
    async (client) => {
      const [role, name, secret] = [
        client.escapeIdentifier(user),
        client.escapeIdentifier(database),
        client.escapeLiteral(password),
      ]
      const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [user])
      await client.query(`${rowCount === 0 ? 'create' : 'alter'} role ${role} login password ${secret}`)
      await client.query(`create database ${name} owner ${role}`)
    },
  )
  if (schema === undefined) return
  await asAccount(postgres, { user, password, database }, async (client) => {
    await client.query(schema)
  })
}

/** Lends a connection of that account and closes it. */
export async function asAccount<T>(
  { host, port }: Pick<AdministeredServer, 'host' | 'port'>,
  account: { readonly user: string; readonly password: string; readonly database: string },
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ host, port, ...account })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}
