import path from 'node:path'
import { UsageError } from '../outcome.ts'
import { ReportError } from '../report/write.ts'
import { namedTargets } from '../targets/group.ts'
import { loadTarget } from '../targets/load.ts'
import { Target } from '../targets/target.ts'
import { helpText } from './help.ts'
import { type Job, targetWords } from './job.ts'
import { decideJobs } from './jobs.ts'
import { type Options, parseOptions } from './options.ts'
import { listJson, listText, planJson, planText } from './plan.ts'
import { print } from './print.ts'
import { standingOf } from './standing-wanted.ts'
import { boundRunbook } from './suites.ts'

/** Runs the command line and returns its exit code. @throws UsageError before anything is touched, ReportError where the report cannot be written. */
async function main(options: Options): Promise<number> {
  if (options.help) return print(helpText())
  const named = namedTargets(options.target)
  // Before the suites are imported: a mistake in a target's name needs none of them.
  for (const name of named.names) loadTarget(name)
  const jobs = decideJobs(options, named, await boundRunbook())
  if (options.list !== undefined) return printList(jobs, options.list)
  if (options.plan !== undefined) return await printPlan(jobs, options.plan)
  const { runTargets } = await import('./run.ts')
  return runTargets(jobs, { atOnce: named.atOnce })
}

/** The lines that are selected on any of the targets. */
function printList(jobs: readonly Job[], format: 'text' | 'json'): 0 {
  const selected = new Set(jobs.flatMap(({ planned }) => planned.map(({ line }) => line.id)))
  const lines = (jobs[0]?.runbook ?? []).filter(({ line }) => selected.has(line.id))
  return print(format === 'json' ? toJson(listJson(lines)) : listText(lines))
}

/** One target's plan as it is; of several, each under its name. */
async function printPlan(jobs: readonly Job[], format: 'text' | 'json'): Promise<0> {
  const { standingAccesses } = await import('./standing.ts')
  const besideOf = (job: Job) => standingAccesses(new Target(job.spec), standingOf(job))
  const [only] = jobs
  if (only !== undefined && jobs.length === 1)
    return print(format === 'json' ? toJson(planJson(only.planned, besideOf(only))) : planText(only.planned, besideOf(only)))
  if (format === 'json')
    return print(toJson(jobs.map((job) => ({ target: job.spec.name, lines: planJson(job.planned, besideOf(job)) }))))
  return print(jobs.map((job) => `${targetWords(job)}\n${planText(job.planned, besideOf(job))}`).join('\n\n'))
}

function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2)
}

function exitCodeOfError(error: unknown): number {
  if (error instanceof UsageError) return 2
  if (error instanceof ReportError) return 5
  return 3
}

const operatorDirectory = process.env.INIT_CWD ?? process.cwd()
process.chdir(path.resolve(import.meta.dirname, '../..'))
const wantsStack = process.argv.includes('--debug') || process.env.RUNBOOK_DEBUG === 'true'

// Whoever reads our output may stop doing so (`| head`): that is no error of the run, and the report is written all the same.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

/** Work that could not be cancelled may not keep the process from ending, in milliseconds. */
const LINGER_MS = 2_000

try {
  process.exitCode = await main(parseOptions(process.argv.slice(2), process.env, operatorDirectory))
} catch (error) {
  process.exitCode = exitCodeOfError(error)
  const isExpected = process.exitCode !== 3
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${isExpected ? '' : 'this is a defect of the suite, please report it: '}${message}\n`)
  if (wantsStack && error instanceof Error) process.stderr.write(`${error.stack}\n`)
}
setTimeout(() => process.exit(), LINGER_MS).unref()
