import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type Dockerode from 'dockerode'
import { scratchDirectory } from '../../cli/scratch.ts'
import { until } from '../../wait.ts'
import { Family } from '../family.ts'
import { testCommand } from '../run-once.ts'
import { heldBy } from './held.ts'

export interface KillOptions {
  readonly docker: Dockerode
  readonly argv: readonly string[]
  /** Where its reports and its output go; made here. */
  readonly directory: string
  /** When it is killed; undefined lets it end by itself. */
  readonly when: ((run: Watched) => Promise<boolean> | boolean) | undefined
  readonly signal: AbortSignal
}

/** A run that is under way. */
export interface Watched {
  readonly pid: number
  /** Since it was started, in milliseconds. */
  readonly ms: number
  /** All that it printed. */
  readonly output: string
}

export interface Killed {
  /** False where it ended before its moment came. */
  readonly wasKilled: boolean
  readonly exitCode: number | null
  /** From its start to its end, in milliseconds. */
  readonly ms: number
  /** What it was about. */
  readonly doing: string
  /** After how long nothing was left, in milliseconds; null where something still was at the deadline. */
  readonly goneAfterMs: number | null
  /** What was left then. */
  readonly left: readonly string[]
}

/** So long after a run's death nothing of it may be left. */
export const GONE_MS = 20_000
const POLL_MS = 100
const LONGEST_MS = 1_800_000

/** Runs `npm test` in a process of its own, ends it by SIGKILL at a moment, and looks what is left of it. */
export async function killOnce({ docker, argv, directory, when, signal }: KillOptions): Promise<Killed> {
  await mkdir(directory, { recursive: true })
  const temporary = await mkdtemp(path.join(await scratchDirectory(), 'runbook-kill-'))
  // Run as root, PostgreSQL works as nobody, who must be able to pass.
  await chmod(temporary, 0o755)
  const start = performance.now()
  const child = spawn(process.execPath, [...(await testCommand()), `--out=${directory}`, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: temporary, npm_lifecycle_event: 'test' },
  })
  const pid = child.pid ?? -1
  const family = new Family(pid)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  // Not `close`: whoever outlives the run may hold its output open.
  const exited = once(child, 'exit')
  try {
    const seen = (): Watched => ({ pid, ms: performance.now() - start, output })
    const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
    await until(
      async () => !isRunning() || (when !== undefined && (await when(seen()))),
      (hasCome) => hasCome,
      { deadlineMs: LONGEST_MS, everyMs: 20, signal },
    )
    const wasKilled = isRunning()
    child.kill('SIGKILL')
    const [exitCode] = (await exited) as [number | null]
    const { ms } = seen()
    const died = performance.now()
    const left = await until(
      async () => [...(await heldBy(docker, pid)).names, ...family.alive().map(inWords), ...(await readdir(temporary))],
      (names) => names.length === 0,
      { deadlineMs: GONE_MS, everyMs: POLL_MS },
    )
    const goneAfterMs = left.length === 0 ? performance.now() - died : null
    await writeFile(path.join(directory, 'output.txt'), output)
    return { wasKilled, exitCode, ms, doing: lastLine(output), goneAfterMs, left }
  } finally {
    child.kill('SIGKILL')
    family.stop()
    await rm(temporary, { recursive: true, force: true })
  }
}

function inWords({ pid, command }: { readonly pid: number; readonly command: string }): string {
  return `process ${pid} ${command.slice(0, 80)}`
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1)?.slice(0, 60) ?? ''
}
