import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'

/** What one run of a command took. */
export interface Measured {
  readonly seconds: number
  /** The most memory that all its processes held together, in MB (proportional set size: shared pages are counted once). */
  readonly peakMegabytes: number
  /** What its processes had of the processors, in seconds: on a busy machine the steadier figure. */
  readonly processorSeconds: number
  readonly exitCode: number | null
}

const SAMPLE_MS = 100
const MARKER = 'BENCH_MEASURED_RUN'

/** Runs a command to its end and measures it with everything that it started, in whatever session. */
export async function measure(command: string, argv: readonly string[], { cwd = '.' } = {}): Promise<Measured> {
  const start = performance.now()
  const before = ofEndedChildren()
  const id = crypto.randomUUID()
  const child = spawn(command, argv, { cwd, stdio: 'ignore', env: { ...process.env, [MARKER]: id } })
  let peakMegabytes = 0
  const timer = setInterval(() => {
    peakMegabytes = Math.max(peakMegabytes, megabytesOf(`${MARKER}=${id}`))
  }, SAMPLE_MS)
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  clearInterval(timer)
  const processorSeconds = ofEndedChildren() - before
  return { seconds: (performance.now() - start) / 1_000, peakMegabytes, processorSeconds, exitCode }
}

/** The middle of the values; of an even number, the upper of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new Error('a median of no values')
  return middle
}

/** Linux counts what children had of the processors in hundredths of a second, and adds it up when they have ended. */
function ofEndedChildren(): number {
  const [user, system] = readIfThere('/proc/self/stat').split(') ').at(-1)?.split(' ').slice(13, 15).map(Number) ?? []
  return ((user ?? 0) + (system ?? 0)) / 100
}

/** Processes are found by a variable in their environment: a process that left its parent's group or session counts too. */
function megabytesOf(marker: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.reduce((sum, pid) => sum + (isMarked(pid, marker) ? proportionalSetSize(pid) : 0), 0) / 1_024
}

function isMarked(pid: string, marker: string): boolean {
  return readIfThere(`/proc/${pid}/environ`).split('\0').includes(marker)
}

function proportionalSetSize(pid: string): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readIfThere(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
}

/** A process may end while it is being looked at. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return ''
    throw error
  }
}
