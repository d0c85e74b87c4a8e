import { Unobserved, Unreachable } from '../outcome.ts'

/** An error that the server itself sent, by its SQLSTATE, such as 42P01 for a table that does not exist. */
export interface SqlError {
  readonly code: string
  readonly message: string
}

/** SQLSTATE classes and codes with which a server turns a session away before it asks who is there. */
const NOT_SERVING = /^(53|57P0[123])/
/** Codes of a session that was understood and not let in: wrong password, no such role, no such database. */
const NOT_LET_IN = /^(28|3D000)/

/** The server's own error, or undefined where the connection broke instead. */
export function sqlErrorOf(error: unknown): SqlError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  // A SQLSTATE has five characters and comes with a severity; node's own codes (ECONNREFUSED) have none.
  if (!('severity' in error) || !/^[0-9A-Z]{5}$/.test(error.code)) return undefined
  return { code: error.code, message: error.message }
}

/** Why no session came about, although the server answered. */
export function sessionRefused(address: string, login: string, { code, message }: SqlError): Unobserved {
  if (NOT_SERVING.test(code)) {
    const text = `PostgreSQL at ${address} takes no session now: ${message} (SQLSTATE ${code}); read its log, and its max_connections`
    return new Unreachable(address, text, { refused: true })
  }
  const advice = NOT_LET_IN.test(code) ? 'correct user, password or database in the target file' : 'read the log of the database'
  return new Unobserved({
    id: `sql-login:${address}/${login}`,
    text: `PostgreSQL at ${address} does not let ${login} in: ${message} (SQLSTATE ${code}); ${advice}`,
  })
}

/** Why a statement gave no rows: what is missing, and what would help. */
export function statementRefused(address: string, user: string, operation: string, { code, message }: SqlError): Unobserved {
  return new Unobserved({
    id: `sql:${code}:${address}:${message}`,
    text: `${operation} at ${address}: ${message} (SQLSTATE ${code}); ${adviceOn(code, message, user)}`,
  })
}

function adviceOn(code: string, message: string, user: string): string {
  switch (code) {
    case '42501':
      return `let the role look: ${grantFor(message, user)}`
    case '57014':
      return 'the statement was cancelled, by its own time limit or by hand; see pg_stat_activity for what it waited for'
    case '42P01':
    case '42703':
      return 'the line on the schema tells what else is missing'
    default:
      return 'run the reproduce line by hand'
  }
}

/** The GRANT that lifts a `permission denied for <kind> <name>`; role names are quoted, since they may hold hyphens. */
function grantFor(message: string, user: string): string {
  const [, kind = '', name = ''] = /permission denied for (\w+) (\S+)/.exec(message) ?? []
  const role = `"${user.replaceAll('"', '""')}"`
  switch (kind) {
    case 'table':
    case 'relation':
    case 'view':
      return `GRANT SELECT ON ${name} TO ${role};`
    case 'schema':
      return `GRANT USAGE ON SCHEMA ${name} TO ${role};`
    case 'sequence':
      return `GRANT SELECT ON SEQUENCE ${name} TO ${role};`
    case 'function':
      return `GRANT EXECUTE ON FUNCTION ${name} TO ${role};`
    default:
      return `GRANT pg_monitor TO ${role};`
  }
}
