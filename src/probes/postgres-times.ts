import type { Probe } from '../probe.ts'
import type { PostgresSpec } from '../targets/schema.ts'
import { connectionFailure, timeoutFailure } from './connection-error.ts'
import { deadline, GRACE_MS } from './deadline.ts'
import { sessionRefused, sqlErrorOf, statementRefused } from './postgres-error.ts'
import { connectionOptions, postgresAddress } from './postgres-session.ts'
import { raced } from './raced.ts'
import { quote, secretVariable } from './reproduce.ts'

export interface SqlTimesOptions {
  /** One reading statement that answers few rows. */
  readonly text: string
  readonly samples: number
  readonly system?: string
  /** Of all samples together, milliseconds. */
  readonly deadlineMs?: number
}

const DEADLINE_MS = 10_000

/**
 * Milliseconds that a statement took, again and again, one after the other over one session of its own: what a service with
 * a pool sees, without the cost of connecting. In a read-only transaction that is rolled back.
 */
export function sqlTimes(postgres: PostgresSpec, options: SqlTimesOptions): Probe<number[]> {
  const { text, samples, system = 'postgres', deadlineMs = DEADLINE_MS } = options
  const { host, port, user, database } = postgres
  const address = postgresAddress(postgres)
  const login = `-h ${quote(host)} -p ${port} -U ${quote(user)} -d ${quote(database)}`
  return {
    kind: 'postgres-times',
    access: {
      system,
      address,
      operation: `${text}, ${samples} times`,
      effect: 'read',
      reproduce: `echo ${quote(`${text};`)} | PGOPTIONS='-c default_transaction_read_only=on' PGPASSWORD=${secretVariable('postgres.password')} pgbench ${login} -n -l -t ${samples} -f -`,
    },
    deadlineMs: deadlineMs + GRACE_MS,
    variant: `${database}/${user}`,
    async read(session) {
      const { Client } = (await import('pg')).default
      using limit = deadline(session, deadlineMs)
      const client = new Client(connectionOptions(session.runId, postgres, session.secret('postgres.password')))
      // Whatever breaks is told by the call that waits for it.
      client.on('error', () => undefined)
      let isOpen = false
      try {
        await raced(client.connect(), limit.signal)
        isOpen = true
        await raced(client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${deadlineMs}`), limit.signal)
        const value: number[] = []
        for (let sample = 0; sample < samples; sample += 1) {
          const startedAt = performance.now()
          await raced(client.query(text), limit.signal)
          value.push(performance.now() - startedAt)
        }
        await raced(client.query('ROLLBACK'), limit.signal)
        await raced(client.end(), limit.signal)
        return { value, raw: value.map((ms) => ms.toFixed(3)).join(' ') }
      } catch (error) {
        client.connection.stream.destroy()
        const refusal = sqlErrorOf(error)
        if (refusal !== undefined)
          throw isOpen ? statementRefused(address, user, text, refusal) : sessionRefused(address, user, refusal)
        const tried = `${samples} × ${text} at PostgreSQL ${address}`
        const phase = isOpen ? 'answer' : 'connect'
        throw limit.expired()
          ? timeoutFailure(address, tried, deadlineMs, phase)
          : connectionFailure(address, tried, error, phase)
      }
    },
  }
}
