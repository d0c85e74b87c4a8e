import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Report } from '../../src/report/model.ts'
import { readReport } from '../../src/report/read.ts'

const MARKER = 'TEST_RUN_MARK'

/** One run of the command line in a sandbox of its own: where its reports go, and where its temporary files must not stay. */
export interface CliRun {
  readonly child: ChildProcess
  readonly out: string
  /** Ends when the process has, with all that it printed. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly text: string }>
  /** What the process has printed so far. */
  printed(): string
  /** The one report of the run. */
  report(): Promise<Report>
  /** Processes of the run that are still there, by command line, whatever session they are in. */
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
  const out = chosen ?? path.join(sandbox, 'reports')
  const mark = crypto.randomUUID()
  const child = spawn(process.execPath, ['src/cli/main.ts', `--out=${out}`, ...argv], {
    env: { ...cleanEnvironment(), ...environment, TMPDIR: temporary, [MARKER]: mark },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  const printed = (): string => chunks.join('')
  return {
    child,
    out,
    ended: once(child, 'close').then(([code, signal]) => ({ code, signal, text: printed() })),
    printed,
    report: async () => readReport(path.join(onlyDirectory(out), 'report.json')),
    leftProcesses: () => processesMarked(`${MARKER}=${mark}`),
    leftDirectories: () => readdirSync(temporary),
    [Symbol.dispose]() {
      child.kill('SIGKILL')
      rmSync(sandbox, { recursive: true, force: true })
      rmSync(temporary, { recursive: true, force: true })
    },
  }
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

function processesMarked(mark: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readProc(name, 'environ').split('\0').includes(mark))
    .map((pid) => ({ pid: Number(pid), command: readProc(pid, 'cmdline').replaceAll('\0', ' ') }))
}

/** A process may end while it is being looked at. */
function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return ''
    throw error
  }
}
