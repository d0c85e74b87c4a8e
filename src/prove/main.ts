import { mkdir } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { listenForInterruption } from '../cli/interrupt.ts'
import { UsageError } from '../outcome.ts'
import { connectEngine } from '../targets/ephemeral/engine.ts'
import { proveHostLoss } from './host-loss/run.ts'
import { proveByKilling } from './kill/run.ts'
import { parseMutation } from './mutation/options.ts'
import { proveByMutation } from './mutation/run.ts'
import { parseKilling, parseProof, USAGE } from './options.ts'
import { startPressure } from './pressure.ts'
import { proveReadOnly } from './read-only/run.ts'
import { proveRollbackScript } from './rollback-script/run.ts'
import { runOnce } from './run-once.ts'
import { type ProvedRun, proofExitCode, runWords, tallyText } from './tally.ts'

/** Runs a target so many times in a row and tells every false alarm. Returns the exit code. @throws UsageError */
async function main(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv
  if (first === 'mutation') return mutation(rest)
  if (first === 'read-only') return alone(first, rest, proveReadOnly)
  if (first === 'rollback-script') return alone(first, rest, proveRollbackScript)
  if (first === 'host-loss') return alone(first, rest, proveHostLoss)
  if (first === 'kill') return kill(rest)
  const { target, runs, pressure, flags } = parseProof(argv)
  const began = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
  const base = path.resolve('reports', 'proofs', `${began}Z-${target.replace(/[^\w.-]+/g, '-')}`)
  const interruption = listenForInterruption()
  const done: ProvedRun[] = []
  try {
    await mkdir(base, { recursive: true })
    await using busy = pressure ? await startPressure(base) : undefined
    if (busy !== undefined) process.stdout.write(`${busy.words}\n`)
    for (let number = 1; number <= runs && !interruption.signal.aborted; number += 1) {
      const directory = path.join(base, String(number).padStart(String(runs).length, '0'))
      const run = await runOnce({ number, directory, argv: [`--target=${target}`, ...flags], signal: interruption.signal })
      done.push(run)
      process.stdout.write(`${runWords(run, runs)}${pressure ? `  (load ${os.loadavg()[0]?.toFixed(1)})` : ''}\n`)
    }
  } finally {
    interruption.stop()
  }
  process.stdout.write(`\n${tallyText(done, runs)}\nreports: ${path.relative('', base)}\n`)
  return interruption.signal.aborted ? 130 : proofExitCode(done)
}

interface Proving {
  readonly directory: string
  readonly signal: AbortSignal
  readonly print: (text: string) => void
}

/** Runs a proof with a directory of its own for what it leaves; an interrupted one ends with 130. */
async function inDirectory(name: string, prove: (proving: Proving) => Promise<number>): Promise<number> {
  const directory = path.resolve('reports', 'proofs', `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}Z-${name}`)
  const interruption = listenForInterruption()
  const { signal } = interruption
  try {
    const code = await prove({ directory, signal, print: (text) => process.stdout.write(`${text}\n`) })
    process.stdout.write(`report: ${path.relative('', directory)}\n`)
    return signal.aborted ? 130 : code
  } catch (error) {
    if (signal.aborted) return 130
    throw error
  } finally {
    interruption.stop()
  }
}

/** A proof that takes no argument. */
async function alone(name: string, argv: readonly string[], prove: (proving: Proving) => Promise<number>): Promise<number> {
  if (argv.length > 0) throw new UsageError(`${name} takes no argument, not "${argv.join(' ')}"\n${USAGE}`)
  return inDirectory(name, prove)
}

async function kill(argv: readonly string[]): Promise<number> {
  const asked = parseKilling(argv)
  const { docker } = await connectEngine()
  return inDirectory('kill', (proving) => proveByKilling({ ...asked, ...proving, docker }))
}

async function mutation(argv: readonly string[]): Promise<number> {
  const options = parseMutation(argv)
  const interruption = listenForInterruption()
  try {
    return await proveByMutation(options, interruption.signal, (line) => process.stdout.write(`${line}\n`))
  } catch (error) {
    if (interruption.signal.aborted) return 130
    throw error
  } finally {
    interruption.stop()
  }
}

process.chdir(path.resolve(import.meta.dirname, '../..'))
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.exitCode = error instanceof UsageError ? 2 : 3
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
}
