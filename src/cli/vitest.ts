import path from 'node:path'
import { BaseSequencer, createVitest, type Reporter, type TestSpecification } from 'vitest/node'
import type { CheckResult } from '../result.ts'
import type { RunContext } from './worker-run.ts'

/** How many reading checks look at once. */
const CONCURRENCY = 12

export interface SuiteRun {
  /** Runs the given suite files one after the other; resolves when every selected check has ended. @throws Error where a file could not be run. */
  run(files: readonly string[]): Promise<void>
  /** Asks the running checks to stop; what has ended stays ended. */
  cancel(): Promise<void>
  close(): Promise<void>
}

export interface SuiteRunOptions {
  readonly context: RunContext
  readonly onResult: (result: CheckResult) => void
}

/** Starts vitest, in this process and one worker thread, for the suites. */
export async function startSuites({ context, onResult }: SuiteRunOptions): Promise<SuiteRun> {
  const errors: string[] = []
  const reporter: Reporter = {
    onTestCaseResult(test) {
      const { result } = test.meta()
      if (result !== undefined) onResult(result)
    },
    onTestModuleEnd(module) {
      for (const error of module.errors()) errors.push(`${path.relative('', module.moduleId)}: ${error.message}`)
    },
    onTestRunEnd(_, unhandled) {
      for (const error of unhandled) errors.push(error.stack ?? error.message)
    },
  }
  const signals = listenersOf('SIGINT', 'SIGTERM')
  const vitest = await createVitest({
    config: 'vitest.config.ts',
    project: ['suites'],
    watch: false,
    reporters: [reporter],
    pool: 'threads',
    maxWorkers: 1,
    isolate: false,
    maxConcurrency: CONCURRENCY,
    fileParallelism: false,
    sequence: { sequencer: InGivenOrder },
    retry: 0,
    // Every observation has a deadline of its own; vitest's would hide the cause.
    testTimeout: 0,
    hookTimeout: 30_000,
    provide: { runbook: context },
  })
  signals.keepOnly()
  return {
    async run(files) {
      const known = await vitest.globTestSpecifications()
      const wanted = files.map((file) => find(known, file))
      await vitest.runTestSpecifications(wanted, false)
      if (errors.length > 0) throw new Error(`a suite did not run to its end:\n  ${errors.join('\n  ')}`)
    },
    cancel: () => vitest.cancelCurrentRun('keyboard-input'),
    close: () => vitest.close(),
  }
}

/** The order in which the files are given is the runbook's; vitest's own puts slow and failed files first. */
class InGivenOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files
  }
}

function find(known: readonly TestSpecification[], file: string): TestSpecification {
  const found = known.find(({ moduleId }) => moduleId === path.resolve(file))
  if (found === undefined) throw new Error(`vitest does not know the suite ${file}; does vitest.config.ts include it?`)
  return found
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
