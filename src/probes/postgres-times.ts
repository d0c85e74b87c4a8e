import type { Probe } from '../probe.ts'
import type { PostgresSpec } from '../targets/schema.ts'
import { deadline, GRACE_MS } from './deadline.ts'
import { watchMachine } from './machine-time.ts'
import { delayOf, observerInWords } from './observer-delay.ts'
import { postgresAddress } from './postgres-session.ts'
import type { WatchedTimes } from './repeated-times.ts'
import { quote, secretVariable } from './reproduce.ts'
import { observerThread } from './thread.ts'

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
 * a pool sees, without the cost of connecting. Measured in a thread of its own, with that thread's own delay.
 */
export function sqlTimes(postgres: PostgresSpec, options: SqlTimesOptions): Probe<WatchedTimes> {
  const { text, samples, system = 'postgres', deadlineMs = DEADLINE_MS } = options
  const { host, port, user, database } = postgres
  const login = `-h ${quote(host)} -p ${port} -U ${quote(user)} -d ${quote(database)}`
  return {
    kind: 'postgres-times',
    access: {
      system,
      address: postgresAddress(postgres),
      operation: `${text}, ${samples} times`,
      effect: 'read',
      reproduce: `echo ${quote(`${text};`)} | PGOPTIONS='-c default_transaction_read_only=on' PGPASSWORD=${secretVariable('postgres.password')} pgbench ${login} -n -l -t ${samples} -f -`,
    },
    deadlineMs: deadlineMs + GRACE_MS,
    variant: `${database}/${user}`,
    async read(session) {
      const password = session.secret('postgres.password')
      const thread = await observerThread(session, 'times')
      using limit = deadline(session, deadlineMs)
      const input = { postgres, password, runId: session.runId, text, samples, deadlineMs }
      const machineUntilNow = await watchMachine()
      const { value, ticks } = await thread.run('sqlTimes', input, limit.signal)
      const seen: WatchedTimes = { value, observerDelay: delayOf(ticks), machine: await machineUntilNow() }
      return { value: seen, raw: `${value.map((ms) => ms.toFixed(3)).join(' ')}\n${observerInWords(seen)}` }
    },
  }
}
