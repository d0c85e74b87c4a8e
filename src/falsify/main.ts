import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { registeredChecks } from '../check.ts'
import { listenForInterruption } from '../cli/interrupt.ts'
import { startProgress } from '../cli/progress.ts'
import { sourceState } from '../cli/provenance.ts'
import { boundRunbook } from '../cli/suites.ts'
import { UsageError } from '../outcome.ts'
import type { Falsification } from '../report/falsification.ts'
import { renderFalsification } from '../report/html/falsification.ts'
import { readFalsification } from '../report/read-falsification.ts'
import { ReportError, writeAtomically } from '../report/write.ts'
import { Target } from '../targets/target.ts'
import { assemble } from './assemble.ts'
import { catalogueProblems, type Part } from './catalogue.ts'
import { loadExemptions } from './exemptions.ts'
import { SUBJECT_KINDS, type SubjectKind } from './fault.ts'
import { evaluatedLines } from './lines.ts'
import { type Options, parseOptions, USAGE } from './options.ts'
import { openPool, type Pool } from './pool.ts'
import { falsify } from './run.ts'
import { select } from './select.ts'
import { KINDS } from './subject.ts'
import { inWords } from './words.ts'

/** Falsifies and returns the exit code. @throws UsageError before anything is started. */
async function main(options: Options): Promise<number> {
  if (options.help) return say(USAGE)
  const startedAt = new Date()
  const exempt = loadExemptions()
  await boundRunbook()
  const parts = SUBJECT_KINDS.map(partOf)
  const { lines, faults: catalogue } = partOf(options.target)
  const { faults, words } = select(catalogue, lines, options)
  if (faults.length === 0) throw new UsageError('no fault of the catalogue is about what was asked for')
  say(`${options.target}: ${words === '' ? `${faults.length} faults, ${lines.length} lines` : words}`)
  const interruption = listenForInterruption()
  const progress = startProgress({ stream: process.stdout, total: faults.length + 1, quiet: options.quiet, colour: false })
  progress.stage(`starting ${options.jobs} targets …`)
  let pool: Pool | undefined
  try {
    const { patienceMs, looks, blind = [] } = KINDS[options.target]
    pool = await openPool({ kind: options.target, size: options.jobs, patienceMs }, interruption.signal)
    const earlier = await readFalsification(options.out)
    const falsified = await falsify({
      pool,
      faults,
      lines,
      excused: [...exempt.healthy.map(({ line }) => line), ...blind],
      lasted: new Map(earlier?.runs.find(({ target }) => target === options.target)?.faults.map(({ id, ms }) => [id, ms])),
      all: options.all || looks,
      only: options.check,
      onEnd: (id, isRight) => progress.ended(id, isRight ? 'passed' : 'failed'),
    })
    interruption.signal.throwIfAborted()
    const falsification = assemble({
      target: options.target,
      falsified,
      lines: falsified.lines,
      others: parts.filter(({ name }) => name !== options.target),
      exempt,
      catalogue: catalogueProblems(
        parts,
        exempt,
        registeredChecks().map(({ id }) => id),
      ),
      selection: words,
      startedAt,
      commit: sourceState().commit,
      targets: options.jobs,
      earlier,
    })
    await write(falsification, options.out)
    progress.finish()
    say(inWords(falsification))
    return falsification.runs[0]?.holds === true ? 0 : 1
  } catch (error) {
    if (!interruption.signal.aborted) throw error
    say('interrupted; nothing was written')
    return 130
  } finally {
    await pool?.close()
    interruption.stop()
  }
}

/** A kind of target's faults, and the lines that it evaluates. */
function partOf(name: SubjectKind): Part & { readonly name: SubjectKind } {
  const { faults, describe } = KINDS[name]
  return { name, faults, lines: evaluatedLines(registeredChecks(), new Target(describe())) }
}

async function write(falsification: Falsification, out: string): Promise<void> {
  await mkdir(out, { recursive: true })
  await writeAtomically(path.join(out, 'falsification.json'), `${JSON.stringify(falsification, null, 2)}\n`)
  await writeAtomically(path.join(out, 'falsification.html'), renderFalsification(falsification))
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`)
  return 0
}

process.chdir(path.resolve(import.meta.dirname, '../..'))
try {
  process.exitCode = await main(parseOptions(process.argv.slice(2)))
} catch (error) {
  const isExpected = error instanceof UsageError || error instanceof ReportError
  process.stderr.write(
    `${error instanceof Error ? (isExpected ? error.message : (error.stack ?? error.message)) : String(error)}\n`,
  )
  process.exitCode = error instanceof UsageError ? 2 : 1
}
