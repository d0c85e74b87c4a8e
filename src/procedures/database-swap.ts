import type pg from 'pg'
import { type DatabaseConnection, quoted, withDatabase } from './database.ts'

/** PostgreSQL cuts longer names silently. */
const MAX_NAME = 63

export interface DatabaseAdministration {
  /** A role that may create, rename and drop databases, connected to another database than the ones it works on. */
  readonly admin: DatabaseConnection
  readonly signal?: AbortSignal
}

/** Makes an empty database of that name, owned by `owner`; one of that name is dropped first. */
export function recreateDatabase(by: DatabaseAdministration, name: string, owner: string): Promise<void> {
  return withAdmin(by, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`)
    await client.query(`CREATE DATABASE ${quoted(name)} OWNER ${quoted(owner)} TEMPLATE template0`)
  })
}

/**
 * Makes an empty database beside a live one, with the same owner, encoding, locale, settings and grants; one that an earlier
 * attempt left is dropped first. @throws where the live one does not exist.
 */
export function createBeside(by: DatabaseAdministration, live: string, beside: string): Promise<void> {
  return withAdmin(by, async (client) => {
    const { rows } = await client.query<Likeness>(LIKENESS, [live])
    const [like] = rows
    if (like === undefined) throw new Error(`there is no database ${live} whose owner and locale could be taken over`)
    await client.query(`DROP DATABASE IF EXISTS ${quoted(beside)} WITH (FORCE)`)
    const locale = `ENCODING ${literal(like.encoding)} LC_COLLATE ${literal(like.collate)} LC_CTYPE ${literal(like.ctype)}`
    await client.query(`CREATE DATABASE ${quoted(beside)} OWNER ${quoted(like.owner)} TEMPLATE template0 ${locale}`)
    for (const setting of like.settings) {
      const at = setting.indexOf('=')
      await client.query(`ALTER DATABASE ${quoted(beside)} SET ${setting.slice(0, at)} TO ${literal(setting.slice(at + 1))}`)
    }
    for (const { privilege, grantee } of like.grants)
      await client.query(`GRANT ${privilege} ON DATABASE ${quoted(beside)} TO ${quoted(grantee)}`)
  })
}

export interface Swap {
  readonly live: string
  /** What was restored; it bears the mark. */
  readonly replacement: string
  /** Name under which the live one is kept; a number is added where that is taken. */
  readonly aside: string
  /** Tells the restored database from any other, under whatever name. */
  readonly mark: string
}

/** Marks a database by a comment, which stays with it when it is renamed. */
export function markDatabase(by: DatabaseAdministration, name: string, mark: string): Promise<void> {
  return withAdmin(by, async (client) => {
    await client.query(`COMMENT ON DATABASE ${quoted(name)} IS ${literal(mark)}`)
  })
}

/**
 * Puts a restored database in the place of the live one, which is kept under a name of its own. Two renames: a run that was
 * cut off between them is completed by the next. Returns the name under which the replaced one is kept; undefined where it
 * was done already. @throws where what was restored is nowhere to be found.
 */
export function swapIn(by: DatabaseAdministration, { live, replacement, aside, mark }: Swap): Promise<string | undefined> {
  return withAdmin(by, async (client) => {
    if ((await markOf(client, replacement)) !== mark) {
      if ((await markOf(client, live)) === mark) return undefined
      throw new Error(
        `neither ${live} nor ${replacement} is what was restored; move the state file away and run it from the start`,
      )
    }
    const kept = await freeName(client, aside)
    const hadLive = await exists(client, live)
    if (hadLive) await renameDatabase(client, live, kept)
    await renameDatabase(client, replacement, live)
    return hadLive ? kept : undefined
  })
}

/** True where the live database is the one that bears the mark, and nothing else is left to be put in its place. */
export function isSwappedIn(by: DatabaseAdministration, { live, replacement, mark }: Omit<Swap, 'aside'>): Promise<boolean> {
  return withAdmin(by, async (client) => (await markOf(client, live)) === mark && !(await exists(client, replacement)))
}

/** Drops a database, whoever is connected to it; nothing happens where there is none. */
export function dropDatabase(by: DatabaseAdministration, name: string): Promise<void> {
  return withAdmin(by, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`)
  })
}

/** The databases whose name begins so, in order. */
export function databasesLike(by: DatabaseAdministration, prefix: string): Promise<string[]> {
  return withAdmin(by, async (client) => {
    const sql = 'SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY datname'
    const { rows } = await client.query<{ datname: string }>(sql, [prefix])
    return rows.map(({ datname }) => datname)
  })
}

interface Likeness {
  readonly owner: string
  readonly encoding: string
  readonly collate: string
  readonly ctype: string
  readonly settings: readonly string[]
  readonly grants: readonly { readonly privilege: string; readonly grantee: string }[]
}

const LIKENESS = `
  SELECT pg_get_userbyid(d.datdba) AS owner, pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype,
    coalesce((SELECT setconfig FROM pg_db_role_setting s WHERE s.setdatabase = d.oid AND s.setrole = 0), '{}') AS settings,
    coalesce((SELECT json_agg(json_build_object('privilege', a.privilege_type, 'grantee', pg_get_userbyid(a.grantee)))
      FROM aclexplode(d.datacl) a WHERE a.grantee NOT IN (0, d.datdba)), '[]') AS grants
  FROM pg_database d WHERE d.datname = $1`

/** Nobody may be connected to a database that is renamed, and nobody may come back in between. */
async function renameDatabase(client: pg.Client, from: string, to: string): Promise<void> {
  await client.query(`ALTER DATABASE ${quoted(from)} WITH ALLOW_CONNECTIONS false`)
  try {
    await client.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [from])
    await client.query(`ALTER DATABASE ${quoted(from)} RENAME TO ${quoted(to)}`)
  } catch (error) {
    await client.query(`ALTER DATABASE ${quoted(from)} WITH ALLOW_CONNECTIONS true`)
    throw error
  }
  await client.query(`ALTER DATABASE ${quoted(to)} WITH ALLOW_CONNECTIONS true`)
}

async function freeName(client: pg.Client, wanted: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const suffix = attempt === 1 ? '' : `_${attempt}`
    const name = `${wanted.slice(0, MAX_NAME - suffix.length)}${suffix}`
    if (!(await exists(client, name))) return name
  }
}

async function markOf(client: pg.Client, name: string): Promise<string | null> {
  const sql = "SELECT shobj_description(oid, 'pg_database') AS mark FROM pg_database WHERE datname = $1"
  const { rows } = await client.query<{ mark: string | null }>(sql, [name])
  return rows[0]?.mark ?? null
}

async function exists(client: pg.Client, name: string): Promise<boolean> {
  return (await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])).rowCount === 1
}

function withAdmin<T>({ admin, signal }: DatabaseAdministration, use: (client: pg.Client) => Promise<T>): Promise<T> {
  return withDatabase(admin, use, { as: 'runbook-administration', ...given(signal) })
}

function given(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
