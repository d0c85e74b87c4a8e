import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import type { Stream } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { GuardedContainers, GuardedProcess, Message } from './message.ts'
import { startTimeOf } from './process.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
/** A watchdog that dies more often than this is broken, and starting more of them helps nobody. */
const MOST_RESTARTS = 20

export interface GuardOptions {
  /** The process leads its own group (it was spawned detached): the group is ended. Default true. */
  readonly group?: boolean
  /** What it is asked with before SIGKILL. Default SIGTERM. */
  readonly signal?: NodeJS.Signals
}

/** Sees to it that nothing of a run outlives it, however the run ends. */
export interface Watchdog {
  /** The watchdog's own process, for tests and diagnostics; it changes when the watchdog had to be restarted. */
  readonly pid: number
  /** Ends that process when the run is gone. Call it right after spawning. A process that is gone already is not registered. */
  guardProcess(pid: number, options?: GuardOptions): void
  /** Removes that directory when the run is gone. */
  guardDirectory(path: string): void
  /** Removes the containers, networks and volumes that carry that label when the run is gone. */
  guardContainers(containers: GuardedContainers): void
  /** The run has ended that process, or removed that directory or those containers itself. */
  release(what: { readonly pid: number } | { readonly directory: string } | { readonly containers: string }): void
  /** Ends the watchdog, which first ends and removes what is still registered. Idempotent. @throws Error of what could not be removed. */
  stop(): Promise<void>
}

/** Starts a watchdog: a process of its own session that reads registrations from a pipe and acts when the pipe closes. */
export async function startWatchdog(): Promise<Watchdog> {
  const watchdog = new ChildWatchdog()
  await watchdog.spawned()
  return watchdog
}

class ChildWatchdog implements Watchdog {
  readonly #processes = new Map<number, GuardedProcess>()
  readonly #directories = new Set<string>()
  readonly #containers = new Map<string, GuardedContainers>()
  #child: ChildProcess
  #stopped: Promise<void> | undefined
  #restarts = 0

  constructor() {
    this.#child = this.#spawn()
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  /** @throws Error where the process cannot be started at all. */
  async spawned(): Promise<void> {
    if (this.#child.pid === undefined) await once(this.#child, 'spawn')
  }

  guardProcess(pid: number, { group = true, signal = 'SIGTERM' }: GuardOptions = {}): void {
    const startTime = startTimeOf(pid)
    if (startTime === undefined) return
    const guarded = { pid, startTime, group, signal }
    this.#processes.set(pid, guarded)
    this.#tell({ guard: 'process', ...guarded })
  }

  guardDirectory(path: string): void {
    this.#directories.add(path)
    this.#tell({ guard: 'directory', path })
  }

  guardContainers(containers: GuardedContainers): void {
    this.#containers.set(containers.label, containers)
    this.#tell({ guard: 'containers', ...containers })
  }

  release(what: { readonly pid: number } | { readonly directory: string } | { readonly containers: string }): void {
    if ('pid' in what) {
      this.#processes.delete(what.pid)
      this.#tell({ release: 'process', pid: what.pid })
    } else if ('containers' in what) {
      this.#containers.delete(what.containers)
      this.#tell({ release: 'containers', label: what.containers })
    } else {
      this.#directories.delete(what.directory)
      this.#tell({ release: 'directory', path: what.directory })
    }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end()
    return this.#stopped
  }

  async #end(): Promise<void> {
    const child = this.#child
    const complaints = collect(child.stderr)
    child.ref()
    child.stdin?.end()
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    if (child.exitCode === 0) return
    const killed = child.signalCode !== null && this.#processes.size + this.#directories.size + this.#containers.size > 0
    if (!killed) throw new Error(`the watchdog could not clean up: ${complaints() || `exit ${child.exitCode}`}`)
    this.#respawn()
    await this.#end()
  }

  #spawn(): ChildProcess {
    // Detached: a signal to the terminal's process group must reach the run, not the one who cleans up after it.
    const child = spawn(process.execPath, ['--max-old-space-size=32', '--max-semi-space-size=1', MAIN], {
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
      env: {},
      cwd: '/',
    })
    child.unref()
    unreference(child.stdin)
    unreference(child.stderr)
    child.stdin?.on('error', () => child.stdin?.destroy())
    child.once('exit', () => this.#replace(child))
    return child
  }

  #replace(dead: ChildProcess): void {
    if (this.#stopped === undefined && dead === this.#child) this.#respawn()
  }

  /** Somebody killed the watchdog: another takes over what was registered. */
  #respawn(): void {
    this.#restarts += 1
    const { exitCode, signalCode } = this.#child
    if (this.#restarts > MOST_RESTARTS)
      throw new Error(`the watchdog died ${this.#restarts} times, at last by ${signalCode ?? exitCode}`)
    this.#child = this.#spawn()
    for (const guarded of this.#processes.values()) this.#tell({ guard: 'process', ...guarded })
    for (const path of this.#directories) this.#tell({ guard: 'directory', path })
    for (const guarded of this.#containers.values()) this.#tell({ guard: 'containers', ...guarded })
  }

  /** The socket takes it at once, so that it is on its way even if this process dies in the next moment. */
  #tell(message: Message): void {
    if (this.#child.stdin?.writable === true) this.#child.stdin.write(`${JSON.stringify(message)}\n`)
  }
}

/** Lets this process end while the pipe is open; its end is what the watchdog waits for. */
function unreference(stream: Stream | null): void {
  if (stream instanceof Socket) stream.unref()
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: string[] = []
  stream?.setEncoding('utf8').on('data', (chunk: string) => void chunks.push(chunk))
  return () => chunks.join('').trim()
}
