import path from 'node:path'
import { boundRunbook } from '../cli/suites.ts'
import { UsageError } from '../outcome.ts'
import { generate } from './generate.ts'
import { staleFiles, writeStale } from './write.ts'

const USAGE = 'usage: npm run docs [-- --check]\n  --check  write nothing; fail where a generated file is stale'

/** Regenerates what is derived from the runbook, or with --check tells what is stale. Returns the exit code: 1 where something is stale. */
async function main(argv: readonly string[]): Promise<number> {
  const unknown = argv.filter((argument) => argument !== '--check')
  if (unknown.length > 0) throw new UsageError(`unknown argument ${unknown.join(' ')}\n${USAGE}`)
  const files = generate(await boundRunbook())
  if (!argv.includes('--check')) return report(await writeStale(files), 'wrote')
  const stale = await staleFiles(files)
  report(stale, 'stale:')
  if (stale.length === 0) return 0
  process.stderr.write('run `npm run docs` and commit what it writes\n')
  return 1
}

function report(files: readonly string[], word: string): 0 {
  process.stdout.write(
    files.length === 0 ? 'every generated file is up to date\n' : files.map((file) => `${word} ${file}\n`).join(''),
  )
  return 0
}

process.chdir(path.resolve(import.meta.dirname, '../..'))
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
