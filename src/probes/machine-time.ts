import { readFile } from 'node:fs/promises'
import path from 'node:path'

/** What the observing machine's processors could not give over a while, as shares from 0 to 1. */
export interface Shortage {
  /** Of the time: some task was ready to run and waited for a processor. */
  readonly waiting: number
  /** Of the processors' time: another guest of the same hardware had it. */
  readonly stolen: number
}

/** `unread`: why nobody knows. Not every system tells, and then nothing may be excused by it. */
export type MachineTime = Shortage | { readonly unread: string }

/** Above these a machine is short of processor time: at a quarter of all moments something waited, or a twentieth was taken away. */
const MOST_WAITING = 0.25
const MOST_STOLEN = 0.05

/** Whether so much was missing that what was measured meanwhile may have waited for it. */
export function isShort(time: MachineTime): boolean {
  return !('unread' in time) && (time.waiting > MOST_WAITING || time.stolen > MOST_STOLEN)
}

/** For reasons and evidence. */
export function machineInWords(time: MachineTime): string {
  if ('unread' in time) return `whether this machine was short of processor time is not known: ${time.unread}`
  const percent = (share: number): string => `${(share * 100).toFixed(0)} %`
  const stolen = time.stolen > 0 ? `, and ${percent(time.stolen)} of its processors’ time was taken by other guests` : ''
  return `on this machine something waited for a processor ${percent(time.waiting)} of the time${stolen}`
}

/** Counters since the machine's start: microseconds by its own clock, and ticks. */
interface Counters {
  readonly at: number
  readonly waitedUs: number
  readonly stolenTicks: number
  readonly allTicks: number
}

/** Begins to watch this machine's processors; the result ends it. Reads Linux's /proc; never throws. */
export async function watchMachine(proc = '/proc'): Promise<() => Promise<MachineTime>> {
  const before = await countersIn(proc)
  return async () => {
    const after = await countersIn(proc)
    if ('unread' in before) return before
    return 'unread' in after ? after : between(before, after)
  }
}

function between(before: Counters, after: Counters): Shortage {
  const elapsedUs = (after.at - before.at) * 1_000
  return {
    waiting: share(after.waitedUs - before.waitedUs, elapsedUs),
    stolen: share(after.stolenTicks - before.stolenTicks, after.allTicks - before.allTicks),
  }
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0
}

async function countersIn(proc: string): Promise<Counters | { readonly unread: string }> {
  try {
    const [pressure, stat] = await Promise.all(['pressure/cpu', 'stat'].map((file) => readFile(path.join(proc, file), 'utf8')))
    const waitedUs = Number(/^some .*\btotal=(\d+)$/m.exec(pressure ?? '')?.[1] ?? Number.NaN)
    // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in these already.
    const ticks = (/^cpu +(.*)$/m.exec(stat ?? '')?.[1] ?? '').split(' ').slice(0, 8).map(Number)
    const [stolenTicks = Number.NaN] = ticks.slice(7)
    const allTicks = ticks.reduce((sum, one) => sum + one, 0)
    if (![waitedUs, stolenTicks, allTicks].every(Number.isFinite))
      return { unread: `${proc}/pressure/cpu or ${proc}/stat holds no such figures` }
    return { at: performance.now(), waitedUs, stolenTicks, allTicks }
  } catch (error) {
    return { unread: error instanceof Error ? error.message : String(error) }
  }
}
