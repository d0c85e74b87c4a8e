import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import type { CommandResult } from '../host/shell.ts'

/** How a command of the project ended, and what it printed. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line of the project (its main file and its arguments) in a process of its own. */
export async function command(argv: readonly string[], signal: AbortSignal): Promise<Ended> {
  return endOf(spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], signal }))
}

/** Waits for a process's end, and keeps what it prints. */
export async function endOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Ended> {
  const printed = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      printed[stream] += text
    })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...printed }
}

export interface ProofPlace {
  /** Of the live target that is looked at. */
  readonly file: string
  /** Where scripts, reports and what each run printed are kept. */
  readonly directory: string
  readonly signal: AbortSignal
}

/** Prints a procedure for that target, and keeps it. @throws Error with what the command said where it prints none */
export async function printedScript(
  { file, directory, signal }: ProofPlace,
  procedure: string,
  ...argv: string[]
): Promise<string> {
  const { code, stdout, stderr } = await command(
    ['src/cli/procedure.ts', procedure, '--print', `--target=${file}`, ...argv],
    signal,
  )
  if (code !== 0) throw new Error(`npm run ${procedure} -- --print ended with ${code}: ${stderr}`)
  await writeFile(path.join(directory, `${procedure}.sh`), stdout)
  return stdout
}

export interface Looked {
  readonly code: number | null
  readonly stdout: string
  /** Its report.json. */
  readonly report: string
}

/** Looks at that target, and keeps the report and what was printed under that name. */
export async function lookedAt({ file, directory, signal }: ProofPlace, name: string, ...argv: string[]): Promise<Looked> {
  const out = path.join(directory, name)
  const options = ['src/cli/main.ts', `--target=${file}`, '--when=all', `--out=${out}`, ...argv]
  const { code, stdout } = await command(options, signal)
  await writeFile(path.join(directory, `${name}.txt`), stdout)
  return { code, stdout, report: path.join(out, 'latest', 'report.json') }
}

/** Keeps what a script printed under that name, with its exit code. */
export async function keepEnded(directory: string, name: string, { exitCode, stdout, stderr }: CommandResult): Promise<void> {
  await writeFile(path.join(directory, `${name.replaceAll(' ', '-')}.txt`), `${stdout}${stderr}exit code ${exitCode}\n`)
}

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
