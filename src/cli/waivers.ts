import path from 'node:path'
import { UsageError } from '../outcome.ts'
import { readReport } from '../report/read.ts'
import { plural } from '../report/text.ts'
import { readRunbook } from '../runbook.ts'
import { isExpired, loadWaivers } from '../waivers.ts'
import { print } from './print.ts'
import { flagsOf, runTool, writeNew } from './tool.ts'
import { waiverDraft } from './waiver-draft.ts'

const LAST = path.join('reports', 'latest', 'report.json')
const USAGE = `usage: npm run waivers -- draft [REPORT] [--out=FILE]
         writes one unsigned waiver for each line that failed or was unobserved in a report.json (default: the last run's);
         a run refuses the file until every entry is signed
       npm run waivers -- check FILE
         says whether a run would take the file, and which waivers have expired
Exit codes: 0 done · 2 the file, or the usage, is wrong`

async function main(argv: readonly string[], directory: string): Promise<number> {
  const { flags, words } = flagsOf(argv, { valued: ['out'], bare: ['help'], usage: USAGE })
  const [command, given, ...more] = words
  const file = given === undefined ? undefined : path.resolve(directory, given)
  if (flags.help !== undefined) return print(`${USAGE}\n`)
  if (more.length > 0) throw new UsageError(USAGE)
  if (command === 'draft') return draft(file, flags.out === undefined ? undefined : path.resolve(directory, flags.out))
  if (command === 'check' && file !== undefined && flags.out === undefined) return check(file)
  throw new UsageError(USAGE)
}

async function draft(file: string | undefined, out: string | undefined): Promise<0> {
  const report = file ?? path.resolve(LAST)
  const text = waiverDraft(await readReport(report), path.relative('', report))
  if (out === undefined) return print(text)
  writeNew('--out', out, text)
  return print(`wrote ${out}; sign what is to be accepted, then: npm run waivers -- check ${out}\n`)
}

function check(file: string): 0 {
  const now = new Date()
  const waivers = loadWaivers(path.relative('', file) || file, readRunbook(), now)
  const expired = waivers.filter((waiver) => isExpired(waiver, now))
  const lines = expired.map(
    ({ check: id, outcome, approvedBy, expires }) => `  ${id} (${outcome}), by ${approvedBy}, expired on ${expires}`,
  )
  const rest = waivers.length - expired.length
  return print(
    [
      `${plural(rest, 'waiver')} would be applied, ${expired.length} ${expired.length === 1 ? 'has' : 'have'} expired`,
      ...lines,
      '',
    ].join('\n'),
  )
}

await runTool(main)
