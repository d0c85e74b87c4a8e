import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import { Family } from '../../src/prove/family.ts'
import type { Report } from '../../src/report/model.ts'
import { readReport } from '../../src/report/read.ts'
import { until } from '../../src/wait.ts'

/** One run of the command line in a sandbox of its own: where its reports go, and where its temporary files must not stay. */
export interface CliRun {
  readonly child: ChildProcess
  readonly out: string
  /** Where the run keeps what must not outlive it. */
  readonly temporary: string
  /** Ends when the process has, with all that it printed. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly text: string }>
  /** What the process has printed so far. */
  printed(): string
  /** The one report of the run. */
  report(): Promise<Report>
  /** The process and its descendants, as far as they are still there, whatever session they are in and whoever their parent is by now. */
  leftProcesses(): { readonly pid: number; readonly command: string }[]
  /** Temporary directories of the run that are still there. */
  leftDirectories(): string[]
  [Symbol.dispose](): void
}

/** Starts the command line with these arguments. */
export function runCli(
  argv: readonly string[],
  { environment = {}, out: chosen }: { readonly environment?: Readonly<Record<string, string>>; readonly out?: string } = {},
): CliRun {
  const sandbox = mkdtempSync(path.join(os.tmpdir(), 'cli-test-'))
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'cli-tmp-'))
  // Run as root, PostgreSQL works as nobody, who must be able to pass.
  chmodSync(temporary, 0o755)
  const out = chosen ?? path.join(sandbox, 'reports')
  const child = spawn(process.execPath, ['src/cli/main.ts', `--out=${out}`, ...argv], {
    env: { ...cleanEnvironment(), ...environment, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const family = new Family(child.pid ?? -1)
  const chunks: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  const printed = (): string => chunks.join('')
  return {
    child,
    out,
    temporary,
    ended: once(child, 'close').then(([code, signal]) => ({ code, signal, text: printed() })),
    printed,
    report: async () => readReport(path.join(onlyDirectory(out), 'report.json')),
    leftProcesses: () => family.alive(),
    leftDirectories: () => readdirSync(temporary),
    [Symbol.dispose]() {
      child.kill('SIGKILL')
      family.stop()
      rmSync(sandbox, { recursive: true, force: true })
      rmSync(temporary, { recursive: true, force: true })
    },
  }
}

/** How long what a run started may outlive it, in milliseconds: its watchdog clears up after it. */
const GONE_MS = 30_000

/** Waits until the run has left neither a process nor a file. */
export async function gone(run: CliRun): Promise<void> {
  // Not expect.poll, which does not know its test where several run at once.
  const left = await until(
    async () => [...run.leftProcesses().map(({ pid, command }) => `process ${pid} ${command}`), ...run.leftDirectories()],
    (names) => names.length === 0,
    { deadlineMs: GONE_MS, everyMs: 50 },
  )
  expect(left, 'what the run left').toEqual([])
}

/** How long a line may be in coming on a busy machine. */
const PRINTED_MS = 100_000

/** Waits until the run has printed that. */
export function printedLine(run: CliRun, pattern: RegExp): Promise<void> {
  return expect.poll(() => run.printed(), { timeout: PRINTED_MS, interval: 10 }).toMatch(pattern)
}

/** vitest's own variables would make a child believe that it is a worker. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|RUNBOOK_|npm_|INIT_CWD|TEST$)/.test(name)))
}

function onlyDirectory(out: string): string {
  const [only, ...others] = readdirSync(out).filter((name) => name !== 'latest' && !name.endsWith('.jsonl'))
  if (only === undefined || others.length > 0)
    throw new Error(`expected one report in ${out}, found ${[only, ...others].join(', ')}`)
  return path.join(out, only)
}
