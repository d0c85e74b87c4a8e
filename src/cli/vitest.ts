import path from 'node:path'
import { Writable } from 'node:stream'
import { createVitest, type Reporter } from 'vitest/node'
import type { CheckResult } from '../result.ts'
import type { SettleRound } from './settling.ts'
import type { Standing } from './standing.ts'
import type { RunContext } from './worker-run.ts'

/** The one test file: it imports the suites. */
const ENTRY = path.resolve(import.meta.dirname, 'worker.ts')
/** The entry has limits of its own, for each target; vitest's, which is one for all of them, is out of the way. */
const UNLIMITED = 1_000_000

export interface SuiteRun {
  /** Looks with every selected check at every target; resolves when all have ended. @throws Error where a suite could not be run. */
  run(): Promise<void>
  /** Asks the running checks to stop; what has ended stays ended. */
  cancel(): Promise<void>
  close(): Promise<void>
}

export interface SuiteRunOptions {
  readonly context: RunContext
  /** Told of each check that has ended, and on which target. */
  readonly onResult: (target: string, result: CheckResult) => void
  /** Told of each further look at a target's reading lines. */
  readonly onSettled: (target: string, round: SettleRound) => void
  /** Told of what was read for the report. */
  readonly onStanding: (target: string, standing: Standing, connections: CheckResult['connections']) => void
}

/** Starts vitest, in this process and one worker thread, for the suites. */
export async function startSuites({ context, onResult, onSettled, onStanding }: SuiteRunOptions): Promise<SuiteRun> {
  const errors: string[] = []
  const told = new Set<string>()
  const reporter: Reporter = {
    onTestCaseResult(test) {
      const { result, settled, standing, connections, target } = test.meta()
      // A run that is cut short reports once more what has ended before.
      if (target === undefined || told.has(test.id)) return
      told.add(test.id)
      if (result !== undefined) onResult(target, result)
      if (settled !== undefined) onSettled(target, settled)
      if (standing !== undefined) onStanding(target, standing, connections ?? [])
    },
    onTestModuleEnd(module) {
      for (const error of module.errors()) errors.push(`${path.relative('', module.moduleId)}: ${error.message}`)
    },
    onTestRunEnd(_, unhandled) {
      for (const error of unhandled) errors.push(error.stack ?? error.message)
    },
  }
  const signals = listenersOf('SIGINT', 'SIGTERM')
  const vitest = await createVitest(
    {
      config: 'vitest.config.ts',
      // As it is: the bundling loader writes into node_modules, which may belong to somebody else.
      configLoader: 'native',
      project: ['suites'],
      watch: false,
      reporters: [reporter],
      pool: 'threads',
      maxWorkers: 1,
      isolate: false,
      maxConcurrency: UNLIMITED,
      fileParallelism: false,
      retry: 0,
      // Every observation has a deadline of its own; vitest's would hide the cause.
      testTimeout: 0,
      hookTimeout: 30_000,
      provide: { runbook: context },
    },
    {},
    { stdout: sink(process.stdout), stderr: sink(process.stderr) },
  )
  signals.keepOnly()
  return {
    async run() {
      const [project] = vitest.projects
      if (project === undefined) throw new Error('vitest has no project for the suites; does vitest.config.ts name it?')
      await vitest.runTestSpecifications([project.createSpecification(ENTRY)], false)
      if (errors.length > 0) throw new Error(`a suite did not run to its end:\n  ${errors.join('\n  ')}`)
    },
    cancel: () => vitest.cancelCurrentRun('keyboard-input'),
    close: () => vitest.close(),
  }
}

/**
 * What vitest writes to. It waits for whatever its worker still had to say, and would wait for ever where nobody reads any more
 * (`| head`): this stream takes everything, and passes it on while somebody does.
 */
function sink(stream: NodeJS.WriteStream): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      stream.write(chunk, () => done())
    },
  })
}

/** vitest's own signal handlers exit before a report is finished, so only those that were there before it stay. */
function listenersOf(...signals: readonly NodeJS.Signals[]): { keepOnly(): void } {
  const before = new Map(signals.map((signal) => [signal, new Set(process.listeners(signal))]))
  return {
    keepOnly() {
      for (const [signal, own] of before) {
        for (const listener of process.listeners(signal)) if (!own.has(listener)) process.off(signal, listener)
      }
    },
  }
}
