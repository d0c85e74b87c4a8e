import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { UsageError } from '../outcome.ts'
import type { Report } from '../report/model.ts'
import { readReport } from '../report/read.ts'
import type { ProvedRun } from './tally.ts'

export interface RunOnce {
  readonly number: number
  /** The run's own; made here. */
  readonly directory: string
  readonly argv: readonly string[]
  /** Aborted: the run is told to end, and waited for. */
  readonly signal: AbortSignal
}

/** Runs `npm test` once in a process of its own, with reports, history and what it prints in a directory of its own. */
export async function runOnce({ number, directory, argv, signal }: RunOnce): Promise<ProvedRun> {
  await mkdir(directory, { recursive: true })
  const output = await open(path.join(directory, 'output.txt'), 'w')
  const start = performance.now()
  try {
    const command = await testCommand()
    // Not through npm: a signal then reaches the run itself, and the run sees the death of this process.
    const child = spawn(process.execPath, [...command, `--out=${directory}`, ...argv], {
      stdio: ['ignore', output.fd, output.fd],
      env: { ...process.env, npm_lifecycle_event: 'test' },
    })
    const end = (): void => void child.kill('SIGTERM')
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
    const [exitCode] = (await once(child, 'close')) as [number | null]
    signal.removeEventListener('abort', end)
    const seconds = (performance.now() - start) / 1_000
    return { number, seconds, exitCode, directory, ...(await reportIn(directory)) }
  } finally {
    await output.close()
  }
}

/** What `npm test` starts, without its `node`. */
export async function testCommand(): Promise<string[]> {
  const { scripts } = z
    .object({ scripts: z.object({ test: z.string() }) })
    .parse(JSON.parse(await readFile('package.json', 'utf8')))
  return scripts.test.split(' ').slice(1)
}

async function reportIn(directory: string): Promise<{ readonly report: Report | undefined; readonly reason: string }> {
  try {
    return { report: await readReport(path.join(directory, 'latest', 'report.json')), reason: '' }
  } catch (error) {
    if (error instanceof UsageError) return { report: undefined, reason: error.message }
    throw error
  }
}
