import type { Probe } from '../probe.ts'
import type { PostgresSpec } from '../targets/schema.ts'
import { deadline, GRACE_MS } from './deadline.ts'
import { delayInWords, delayOf, type Watched } from './observer-delay.ts'
import { postgresAddress } from './postgres-session.ts'
import { quote, secretVariable } from './reproduce.ts'
import { observerThread } from './thread.ts'

export interface SqlTimesOptions {
  /** One reading statement that answers few rows. */
  readonly text: string
  readonly samples: number
  readonly system?: string
  /** Of all samples together, milliseconds. */
  readonly deadlineMs?: number
  /** Milliseconds: where the observer itself was later than that (p99), the samples are thrown away and taken anew, twice at most. */
  readonly quietMs?: number
}

const DEADLINE_MS = 10_000
const ATTEMPTS = 3

/**
 * Milliseconds that a statement took, again and again, one after the other over one session of its own: what a service with
 * a pool sees, without the cost of connecting. Measured in a thread of its own, with that thread's own delay.
 */
export function sqlTimes(postgres: PostgresSpec, options: SqlTimesOptions): Probe<Watched<number[]>> {
  const { text, samples, system = 'postgres', deadlineMs = DEADLINE_MS, quietMs = Number.POSITIVE_INFINITY } = options
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
      for (let attempt = 1; ; attempt += 1) {
        const { value, ticks } = await thread.run('sqlTimes', input, limit.signal)
        const observerDelay = delayOf(ticks)
        if (attempt < ATTEMPTS && observerDelay.p99 > quietMs) continue
        const raw = `${value.map((ms) => ms.toFixed(3)).join(' ')}\n${delayInWords(observerDelay)}, attempt ${attempt}`
        return { value: { value, observerDelay }, raw }
      }
    },
  }
}
