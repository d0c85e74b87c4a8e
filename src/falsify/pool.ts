import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { SubjectKind } from './fault.ts'
import { messageSchema, type Order, type Sight } from './protocol.ts'

const WORKER = path.join(import.meta.dirname, 'worker.ts')

/** A few targets, each in a process of its own, that are used again and again. */
export interface Pool {
  /** How many targets there are. */
  readonly size: number
  /** Lets the next free target look. @throws Error where its process broke. */
  look(order: Order): Promise<Sight>
  /** Ends every process, which stop their targets, and waits until they are gone. */
  close(): Promise<void>
}

interface Member {
  child: ChildProcess
  ended: Promise<unknown>
}

export interface PoolOptions {
  readonly kind: SubjectKind
  readonly size: number
  /** How long one look may take, in milliseconds. */
  readonly patienceMs: number
}

/** Starts the targets; the signal ends them. @throws Error where one does not start. */
export async function openPool(options: PoolOptions, signal: AbortSignal): Promise<Pool> {
  const { kind, size, patienceMs } = options
  const members = Array.from({ length: size }, () => startMember(kind))
  const end = (): void => {
    for (const { child } of members) if (child.connected) child.disconnect()
  }
  signal.addEventListener('abort', end, { once: true })
  const close = async (): Promise<void> => {
    end()
    await Promise.allSettled(members.map(({ ended }) => ended))
  }
  try {
    await Promise.all(members.map((member) => answer(member, 'ready')))
  } catch (error) {
    await close()
    throw error
  }
  const free = [...members]
  const waiting: ((member: Member) => void)[] = []
  const take = async (): Promise<Member> => {
    const member = free.shift()
    if (member !== undefined) return member
    const { promise, resolve } = Promise.withResolvers<Member>()
    waiting.push(resolve)
    return promise
  }
  const giveBack = (member: Member): void => {
    const next = waiting.shift()
    if (next === undefined) free.push(member)
    else next(member)
  }
  return {
    size,
    close,
    async look(order) {
      const member = await take()
      try {
        const sight = await inTime(member, order, { patienceMs, signal })
        if (!sight.usable) await replace(member, kind)
        return sight
      } finally {
        giveBack(member)
      }
    },
  }
}

/** What the member saw; one that does not answer is ended, so that nothing waits for ever, and its watchdog clears up. */
async function inTime(
  member: Member,
  order: Order,
  { patienceMs, signal }: { readonly patienceMs: number; readonly signal: AbortSignal },
): Promise<Sight> {
  const answered = answer(member, 'seen')
  const timer = setTimeout(() => member.child.kill('SIGKILL'), patienceMs)
  const at = new Date().toISOString()
  try {
    member.child.send(order)
    return await answered
  } catch (error) {
    if (signal.aborted) throw error
    const why = error instanceof Error ? error.message : String(error)
    const isOverdue = member.child.signalCode === 'SIGKILL'
    const problems = [isOverdue ? `nothing was seen of it within ${patienceMs / 1_000} s` : why]
    return { fault: order.fault, at, ms: Math.round(Date.now() - Date.parse(at)), problems, usable: false, lines: [] }
  } finally {
    clearTimeout(timer)
  }
}

/** Another target in the place of one that cannot be looked at any more. */
async function replace(member: Member, kind: SubjectKind): Promise<void> {
  if (member.child.connected) member.child.disconnect()
  await Promise.allSettled([member.ended])
  Object.assign(member, startMember(kind))
  await answer(member, 'ready')
}

function startMember(kind: SubjectKind): Member {
  const child = fork(WORKER, [kind], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  // Whoever waits for its answer hears of it by its end.
  child.on('error', () => undefined)
  return { child, ended: once(child, 'exit') }
}

/** The member's next message, which must be of that kind. @throws Error with its own words where it broke. */
async function answer(member: Member, kind: 'ready'): Promise<undefined>
async function answer(member: Member, kind: 'seen'): Promise<Sight>
async function answer({ child, ended }: Member, kind: 'ready' | 'seen'): Promise<Sight | undefined> {
  const gone = ended.then(() => {
    throw new Error(`a target's process ended (${child.exitCode ?? child.signalCode}) before it answered`)
  })
  const [received] = await Promise.race([once(child, 'message'), gone])
  const message = messageSchema.parse(received)
  if (message.kind === 'broken') throw new Error(`a target broke: ${message.text}`)
  if (message.kind !== kind) throw new Error(`a target answered ${message.kind} where ${kind} was due`)
  return message.kind === 'seen' ? message.sight : undefined
}
