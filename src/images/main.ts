import path from 'node:path'
import { parseArgs } from 'node:util'
import { UsageError } from '../outcome.ts'
import { readCatalogue } from './catalogue.ts'
import { ensureImages } from './ensure.ts'
import { EngineUnusable, messageOf } from './failures.ts'
import type { ImageOutcome } from './obtain.ts'

const USAGE = `usage: npm run images [-- [--only=PART,…] [--stand-ins]]
  --only       only these parts
  --stand-ins  ask no registry
Exit codes: 0 every image that can be had is there, 2 wrong usage, 3 one failed or the engine is unusable, 130 interrupted.`

/** Fetches or builds the images of the stack and says what each part would run on. Returns the exit code. */
async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const { only, 'stand-ins': standInsOnly, help } = options(argv)
  if (help) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const catalogue = readCatalogue()
  const parts = only?.split(',').map((part) => part.trim()) ?? [...catalogue.parts.keys()]
  const started = performance.now()
  const onProgress = (text: string) => process.stdout.write(`${seconds(started)}  ${text}\n`)
  const wish = standInsOnly === undefined ? {} : { standInsOnly }
  const outcomes = await ensureImages(parts, { signal, onProgress, catalogue, ...wish })
  process.stdout.write([...outcomes].map(([part, outcome]) => row(part, outcome)).join(''))
  const failed = [...outcomes.values()].filter((outcome) => 'unobtainable' in outcome && outcome.isFailure)
  const had = [...outcomes.values()].filter((outcome) => 'image' in outcome)
  process.stdout.write(`${had.length} of ${outcomes.size} images are there, after ${seconds(started).trim()}\n`)
  return failed.length === 0 ? 0 : 3
}

function options(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { only: { type: 'string' }, 'stand-ins': { type: 'boolean' }, help: { type: 'boolean' } },
    })
    return values
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\n${USAGE}`)
  }
}

function row(part: string, outcome: ImageOutcome): string {
  const name = part.padEnd(18)
  if ('image' in outcome) return `${name}${outcome.origin.padEnd(10)}${outcome.image}  ${outcome.digest.slice(0, 19)}\n`
  return `${name}${outcome.isFailure ? 'FAILED' : 'none'.padEnd(10)} ${outcome.unobtainable.replaceAll('\n', `\n${' '.repeat(18)}`)}\n`
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1).padStart(6)} s`
}

process.chdir(path.resolve(import.meta.dirname, '../..'))
const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interruption.abort(new Error(`ended by ${signal}`)))
try {
  process.exitCode = await main(process.argv.slice(2), interruption.signal)
} catch (error) {
  if (!(error instanceof UsageError || error instanceof EngineUnusable || interruption.signal.aborted)) throw error
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : interruption.signal.aborted ? 130 : 3
}
