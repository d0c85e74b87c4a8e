import path from 'node:path'
import { createInterface } from 'node:readline/promises'
import { readAttestations } from '../attestations.ts'
import { UsageError } from '../outcome.ts'
import { readRunbook } from '../runbook.ts'
import { nearest } from '../suggest.ts'
import { print } from './print.ts'
import { type Answered, answersNeeded, appendSignOff, signOffOf, standingOf, standingText } from './sign-off.ts'
import { flagsOf, runTool } from './tool.ts'

const FILE = 'attestations.yaml'
const USAGE = `usage: npm run attest -- --line=ID --by=PERSON --note=WHAT_WAS_SEEN [--evidence=FILE|URL|TICKET] [--at=DATE] [--until=DATE] [--file=FILE]
         signs a line that no program can see: adds one entry to the attestations file (default: ${FILE} where you stand) and
         changes nothing else in it; on a terminal it asks for what is not given
       npm run attest -- --list [--file=FILE]
         which lines people sign, which of them are signed, and until when
Dates are UTC, such as 2026-11-20; --at is today and --until as long as the line allows, unless they are given.
Exit codes: 0 done · 2 the file, or the usage, is wrong; nothing was written · 130 interrupted; nothing was written`

async function main(argv: readonly string[], directory: string): Promise<number> {
  const { flags, words } = flagsOf(argv, {
    valued: ['line', 'by', 'note', 'evidence', 'at', 'until', 'file'],
    bare: ['list', 'help'],
    usage: USAGE,
  })
  if (flags.help !== undefined) return print(`${USAGE}\n`)
  if (words.length > 0) throw new UsageError(`unexpected argument "${words[0]}"\n${USAGE}`)
  const file = path.resolve(directory, flags.file ?? FILE)
  const now = new Date()
  const lines = readRunbook().filter(({ attestedDays }) => attestedDays !== undefined)
  if (flags.list !== undefined) return print(standingText(standingOf(lines, await signedIn(file, flags.file !== undefined), now)))
  const answered = await asked(flags)
  if (answered === undefined) return 130
  const line = lines.find(({ id }) => id === answered.line)
  if (line === undefined) {
    const ids = lines.map(({ id }) => id)
    throw new UsageError(
      `--line: no person signs ${answered.line}${nearest(answered.line, ids)}; expected one of ${ids.join(', ')}; nothing was written`,
    )
  }
  const entry = await signOffOf(answered, line, { now, directory })
  await appendSignOff({ file, entry, lines: readRunbook(), now })
  return print(`signed ${entry.line} until ${entry.until} in ${file}; commit the file, and give it to runs with --attestations\n`)
}

/** The sign-offs of the file; none where the default one is not there yet. */
async function signedIn(file: string, isNamed: boolean) {
  const { existsSync } = await import('node:fs')
  if (!isNamed && !existsSync(file)) return []
  return readAttestations(path.relative('', file) || file, readRunbook(), new Date())
}

/** What is not given is asked for on a terminal; elsewhere nobody would answer. Undefined where the person gave up. */
async function asked(flags: Partial<Record<keyof Answered, string>>): Promise<Answered | undefined> {
  const missing = answersNeeded.filter(({ key }) => flags[key] === undefined)
  if (missing.length > 0 && !(process.stdin.isTTY && process.stdout.isTTY))
    throw new UsageError(
      `${missing.map(({ key }) => `--${key}`).join(', ')}: missing, and there is no terminal to ask on; nothing was written\n${USAGE}`,
    )
  const given: Partial<Record<keyof Answered, string>> = { ...flags }
  if (missing.length === 0) return given as Answered
  const dialogue = createInterface({ input: process.stdin, output: process.stdout })
  const gaveUp = new AbortController()
  dialogue.once('SIGINT', () => gaveUp.abort()).once('close', () => gaveUp.abort())
  try {
    for (const { key, question } of missing) {
      while ((given[key] ?? '').trim() === '') given[key] = await dialogue.question(`${question}: `, { signal: gaveUp.signal })
    }
    return given as Answered
  } catch (error) {
    if (!gaveUp.signal.aborted) throw error
    process.stdout.write('\nnothing was written\n')
    return undefined
  } finally {
    dialogue.close()
  }
}

await runTool(main)
