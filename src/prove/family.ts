import { readdirSync, readFileSync } from 'node:fs'

const SAMPLE_MS = 50

/** One of a family. */
export interface Kin {
  readonly pid: number
  readonly command: string
}

/** A process and all its descendants, remembered by pid and start time while their parents still live. */
export class Family {
  readonly #known = new Map<number, { readonly started: string; readonly command: string }>()
  readonly #timer: NodeJS.Timeout

  constructor(pid: number) {
    this.#remember(pid)
    this.#timer = setInterval(() => this.#meet(), SAMPLE_MS)
  }

  /** Those that are still there, whatever session they are in and whoever their parent is by now. */
  alive(): Kin[] {
    this.#meet()
    return [...this.#known]
      .filter(([pid, { started }]) => startOf(pid) === started)
      .map(([pid, { command }]) => ({ pid, command }))
  }

  /** Ends the remembering. */
  stop(): void {
    clearInterval(this.#timer)
  }

  #meet(): void {
    const parents = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => ({ pid: Number(pid), parent: Number(statOf(Number(pid))[1]) }))
    const children = (pid: number): number[] =>
      parents.filter(({ parent }) => parent === pid).flatMap((child) => [child.pid, ...children(child.pid)])
    for (const pid of [...this.#known.keys()].flatMap(children)) this.#remember(pid)
  }

  #remember(pid: number): void {
    const started = startOf(pid)
    if (started === undefined) return
    this.#known.set(pid, { started, command: readProc(pid, 'cmdline').replaceAll('\0', ' ') })
  }
}

/** A zombie is gone, whoever has yet to take note of it. */
function startOf(pid: number): string | undefined {
  const [state, , ...rest] = statOf(pid)
  return state === 'Z' ? undefined : rest[17]
}

/** The fields of /proc/PID/stat behind the command: state, parent, …, and as 20th the start time; none where the process is gone. */
function statOf(pid: number): string[] {
  return readProc(pid, 'stat').split(') ').at(-1)?.split(' ') ?? []
}

/** A process may end while it is being looked at. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return ''
    throw error
  }
}
