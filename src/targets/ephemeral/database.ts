import { setTimeout as after } from 'node:timers/promises'
import { asAccount, createDatabase } from '../disposable/database.ts'
import type { PostgresSpec } from '../schema.ts'

/** The role that administers the database, as the upstream image makes it. The services have one of their own. */
export const ADMINISTRATOR = 'postgres'

export interface DatabaseSetup {
  readonly spec: PostgresSpec
  readonly password: string
  readonly adminPassword: string
  /** SQL that makes the schema, and the data that is there before the run, as the owner. */
  readonly sql: string
}

const CONNECT_MS = 15_000
const RETRY_MS = 100

/** Makes the services’ role, which is no superuser, its database and schema, and sees to it that a first write-ahead log is archived. */
export async function setUpDatabase({ spec, password, adminPassword, sql }: DatabaseSetup): Promise<void> {
  const { host, port, database, user } = spec
  const server = { host, port, superuser: ADMINISTRATOR, superuserPassword: adminPassword }
  await reachable({ host, port }, adminPassword)
  await createDatabase(server, { database, user, password, schema: sql })
  await asAccount(server, { user: ADMINISTRATOR, password: adminPassword, database }, (client) =>
    client.query('select pg_switch_wal()'),
  )
}

/** The image’s own first start answers inside the container before its port is open to us. */
async function reachable(server: { readonly host: string; readonly port: number }, password: string): Promise<void> {
  const end = performance.now() + CONNECT_MS
  for (;;) {
    const account = { user: ADMINISTRATOR, password, database: 'postgres' }
    const [answer] = await Promise.allSettled([asAccount(server, account, (client) => client.query('select 1'))])
    if (answer.status === 'fulfilled') return
    if (performance.now() > end) throw answer.reason
    await after(RETRY_MS)
  }
}
