import { registeredChecks } from '../check.ts'
import { boundRunbook } from '../cli/suites.ts'
import { openWorkspace } from '../cli/workspace.ts'
import { falsifyOne, lookHealthy } from './falsify-one.ts'
import { SUBJECT_KINDS } from './fault.ts'
import { type Message, type Order, orderSchema, type Sight } from './protocol.ts'
import { KINDS } from './subject.ts'

/** One target of the pool, in a process of its own: what it does to itself keeps no other one waiting. */

const ending = new AbortController()
// A terminal's Ctrl-C reaches every process of the group; the command decides what becomes of this one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.once('disconnect', () => ending.abort())

/** Tells the command, where it is still there. */
function tell(message: Message): void {
  if (process.connected) process.send?.(message)
}

async function serve(): Promise<void> {
  const workspace = await openWorkspace()
  // What a probe puts into a temporary directory goes with this process, however that ends.
  process.env.TMPDIR = workspace.directory
  try {
    await boundRunbook()
    const subject = await KINDS[kindOf(process.argv[2])].open({ workspace, signal: ending.signal })
    try {
      tell({ kind: 'ready' })
      await eachOrder(async (order) => {
        const sight = await carryOut(order)
        tell({ kind: 'seen', sight })
      })
    } finally {
      await subject.stop()
    }

    async function carryOut({ fault: id, lines }: Order): Promise<Sight> {
      const checks = registeredChecks().filter((check) => lines.includes(check.id))
      if (id === null) return lookHealthy(subject, checks, ending.signal)
      return orBroken(id, () => falsifyOne(subject, id, checks, ending.signal))
    }
  } finally {
    await workspace.clear()
  }
}

/** @throws Error where the argument names no kind of target. */
function kindOf(argument = '') {
  const kind = SUBJECT_KINDS.find((one) => one === argument)
  if (kind === undefined) throw new Error(`no kind of target is called "${argument}"`)
  return kind
}

/** A fault that cannot be put in or taken away is a mistake of the catalogue, and of that fault alone; the target is spent. */
async function orBroken(fault: string, falsified: () => Promise<Sight>): Promise<Sight> {
  const at = new Date().toISOString()
  try {
    return await falsified()
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { fault, at, ms: 0, problems: [`it could not be tried: ${text}`], usable: false, lines: [] }
  }
}

/** Carries orders out one after the other, until the command has gone. */
async function eachOrder(carryOut: (order: Order) => Promise<void>): Promise<void> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  let busy: Promise<void> = Promise.resolve()
  process.on('message', (message) => {
    busy = busy.then(() => carryOut(orderSchema.parse(message)))
    busy.catch(reject)
  })
  if (ending.signal.aborted) resolve()
  ending.signal.addEventListener('abort', () => resolve(), { once: true })
  await ended
  await busy
}

try {
  await serve()
} catch (error) {
  tell({ kind: 'broken', text: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  process.exitCode = 1
} finally {
  if (process.connected) process.disconnect()
}
