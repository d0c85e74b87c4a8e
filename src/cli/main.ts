import path from 'node:path'
import { UsageError } from '../outcome.ts'
import { ReportError } from '../report/write.ts'
import { runbookFiles } from '../runbook.ts'
import { loadTarget, targetFile } from '../targets/load.ts'
import { Target } from '../targets/target.ts'
import { effectsAllowed } from './allow.ts'
import { helpText } from './help.ts'
import { type Options, parseOptions } from './options.ts'
import { listJson, listText, plan, planJson, planText } from './plan.ts'
import { loadRelease } from './release.ts'
import { select } from './select.ts'
import { boundRunbook } from './suites.ts'

/** Runs the command line and returns its exit code. @throws UsageError before anything is touched, ReportError where the report cannot be written. */
async function main(options: Options): Promise<number> {
  if (options.help) return print(helpText())
  if (options.target.includes(','))
    throw new UsageError('--target: several targets in one run are not part of this version; run them one after the other')
  const target = loadTarget(options.target)
  const spec = options.release === undefined ? target : { ...target, release: loadRelease(options.release) }
  const allows = effectsAllowed(spec, options.allow)
  if (options.keep && spec.kind !== 'ephemeral')
    throw new UsageError('--keep: only the containers of an ephemeral target can be kept')
  const runbook = await boundRunbook()
  const selection = select(runbook, options, spec.kind)
  if (options.list !== undefined)
    return print(options.list === 'json' ? toJson(listJson(selection.lines)) : listText(selection.lines))
  const planned = plan(selection.lines, new Target(spec), allows)
  if (options.plan !== undefined) return print(options.plan === 'json' ? toJson(planJson(planned)) : planText(planned))
  const { runTarget } = await import('./run.ts')
  return runTarget({
    options,
    spec: { ...spec, allow: allows },
    runbook,
    planned,
    selection: selection.words,
    inputs: [...runbookFiles(), targetFile(options.target)],
  })
}

function print(text: string): 0 {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  return 0
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
