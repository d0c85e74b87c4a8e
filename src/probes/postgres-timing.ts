import type { PostgresSpec } from '../targets/schema.ts'
import { connectionFailure, timeoutFailure } from './connection-error.ts'
import { tamedClient } from './postgres-client.ts'
import { sessionRefused, sqlErrorOf, statementRefused } from './postgres-error.ts'
import { connectionOptions, postgresAddress } from './postgres-session.ts'
import { raced } from './raced.ts'

/** A statement to be timed, as plain data. */
export interface SqlTiming {
  readonly postgres: PostgresSpec
  readonly password: string
  readonly runId: string
  readonly text: string
  readonly samples: number
  readonly deadlineMs: number
}

/**
 * Milliseconds of each of so many runs of one statement, one after the other, over a session of its own, in a read-only
 * transaction that is rolled back.
 * @throws Unreachable or Unobserved where there was no session, or where the server refused the statement.
 */
export async function timeStatements({ postgres, password, runId, text, samples, deadlineMs }: SqlTiming, signal: AbortSignal) {
  const TamedClient = await tamedClient()
  const address = postgresAddress(postgres)
  const client = new TamedClient(await connectionOptions(runId, postgres, password))
  // Whatever breaks is told by the call that waits for it.
  client.on('error', () => undefined)
  let isOpen = false
  try {
    await raced(client.connect(), signal)
    isOpen = true
    await raced(client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${deadlineMs}`), signal)
    const times: number[] = []
    for (let sample = 0; sample < samples; sample += 1) {
      const startedAt = performance.now()
      await raced(client.query(text), signal)
      times.push(performance.now() - startedAt)
    }
    await raced(client.query('ROLLBACK'), signal)
    await raced(client.end(), signal)
    return times
  } catch (error) {
    client.connection.stream.destroy()
    const refusal = sqlErrorOf(error)
    if (refusal !== undefined)
      throw isOpen ? statementRefused(address, postgres.user, text, refusal) : sessionRefused(address, postgres.user, refusal)
    const tried = `${samples} × ${text} at PostgreSQL ${address}`
    const phase = isOpen ? 'answer' : 'connect'
    throw signal.aborted ? timeoutFailure(address, tried, deadlineMs, phase) : connectionFailure(address, tried, error, phase)
  }
}
