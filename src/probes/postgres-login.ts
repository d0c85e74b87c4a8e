import type { Probe, Session } from '../probe.ts'
import type { PostgresSpec } from '../targets/schema.ts'
import { connectionFailure, timeoutFailure } from './connection-error.ts'
import { deadline, GRACE_MS } from './deadline.ts'
import { tamedClient } from './postgres-client.ts'
import { sessionRefused, sqlErrorOf } from './postgres-error.ts'
import { connectionOptions, postgresAddress } from './postgres-session.ts'
import { raced } from './raced.ts'
import { quote, secretVariable } from './reproduce.ts'

/** Whether a role was let in; if not, by which SQLSTATE: 28P01 is a wrong password. */
export type LoginAnswer =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly code: string; readonly message: string }

export interface LoginOptions {
  /** The secret that must let in, by its name; or a password that must not, given as it is. */
  readonly password: { readonly secret: string } | { readonly wrong: string }
  /** Another role than the target's own. */
  readonly user?: string
  readonly system?: string
  readonly deadlineMs?: number
}

const DEFAULT_DEADLINE_MS = 5_000

/**
 * Tries one password and hangs up. A refused login is an answer and not an error; the database logs it, so that trying a
 * wrong password is a `synthetic-write`.
 */
export function login(postgres: PostgresSpec, options: LoginOptions): Probe<LoginAnswer> {
  const { password, system = 'postgres', deadlineMs = DEFAULT_DEADLINE_MS } = options
  const spec = { ...postgres, user: options.user ?? postgres.user }
  const isKnown = 'secret' in password
  const which = isKnown ? `the password on record (${password.secret})` : 'a wrong password'
  const shown = isKnown ? secretVariable(password.secret) : quote(password.wrong)
  return {
    kind: 'postgres-login',
    access: {
      system,
      address: postgresAddress(spec),
      operation: `log in as ${spec.user} with ${which}`,
      effect: isKnown ? 'read' : 'synthetic-write',
      reproduce: `PGPASSWORD=${shown} psql -h ${quote(spec.host)} -p ${spec.port} -U ${quote(spec.user)} -d ${quote(spec.database)} -c '\\conninfo'`,
    },
    deadlineMs: deadlineMs + GRACE_MS,
    variant: JSON.stringify([spec.database, isKnown ? password.secret : password.wrong]),
    async read(session) {
      const value = await attempt(session, spec, isKnown ? session.secret(password.secret) : password.wrong, deadlineMs)
      return { value, raw: value.accepted ? 'let in' : `FATAL ${value.code}: ${value.message}` }
    },
  }
}

async function attempt(session: Session, spec: PostgresSpec, password: string, deadlineMs: number): Promise<LoginAnswer> {
  const TamedClient = await tamedClient()
  using limit = deadline(session, deadlineMs)
  const client = new TamedClient(await connectionOptions(session.runId, spec, password))
  let isConnected = false
  client.connection.once('connect', () => (isConnected = true))
  try {
    await raced(client.connect(), limit.signal)
    await client.end()
    return { accepted: true }
  } catch (error) {
    client.connection.stream.destroy()
    const refusal = sqlErrorOf(error)
    if (refusal !== undefined) return refused(spec, refusal)
    const address = postgresAddress(spec)
    const tried = `a login of ${spec.user} at PostgreSQL ${address}`
    const phase = isConnected ? 'request' : 'connect'
    throw limit.expired() ? timeoutFailure(address, tried, deadlineMs, phase) : connectionFailure(address, tried, error, phase)
  }
}

/** Being turned away by name or password is the answer; a server that takes nobody at all has not been asked. */
function refused(spec: PostgresSpec, refusal: { readonly code: string; readonly message: string }): LoginAnswer {
  if (/^(28|3D)/.test(refusal.code)) return { accepted: false, ...refusal }
  throw sessionRefused(postgresAddress(spec), spec.user, refusal)
}
