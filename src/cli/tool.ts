import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { Unobserved, UsageError } from '../outcome.ts'

/** Runs a small command of the project: from the project's directory, with the operator's own for file names; mistakes in its use end with 2, what could not be looked at with 1. */
export async function runTool(main: (argv: readonly string[], directory: string) => Promise<number>): Promise<void> {
  const operatorDirectory = process.env.INIT_CWD ?? process.cwd()
  process.chdir(path.resolve(import.meta.dirname, '../..'))
  try {
    process.exitCode = await main(process.argv.slice(2), operatorDirectory)
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof Unobserved)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = error instanceof UsageError ? 2 : 1
  }
}

/** `--name=value` and `--name` of a small command. @throws UsageError naming what is unknown, doubled or without its value. */
export function flagsOf<N extends string>(
  argv: readonly string[],
  { valued, bare, usage }: { readonly valued: readonly N[]; readonly bare: readonly N[]; readonly usage: string },
): { readonly flags: Partial<Record<N, string>>; readonly words: string[] } {
  const flags: Partial<Record<N, string>> = {}
  const words: string[] = []
  for (const argument of argv) {
    if (!argument.startsWith('-')) {
      words.push(argument)
      continue
    }
    const [, name = argument, value] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(argument) ?? []
    const known = [...valued, ...bare].find((one) => one === name)
    if (known === undefined) throw new UsageError(`unknown option ${argument.split('=')[0]}\n${usage}`)
    if (flags[known] !== undefined) throw new UsageError(`--${known} is given twice\n${usage}`)
    const isBare = bare.includes(known)
    if (isBare !== (value === undefined) || value?.trim() === '')
      throw new UsageError(
        `${isBare ? `--${known} takes no value` : `--${known} needs a value, written --${known}=VALUE`}\n${usage}`,
      )
    flags[known] = value ?? 'true'
  }
  return { flags, words }
}

/** Writes a new file, never over one that is there: somebody may have put work into it. @throws UsageError saying why it was not written. */
export function writeNew(flag: string, file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' })
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    const why = isThere ? 'it exists already; give another name' : error instanceof Error ? error.message : String(error)
    throw new UsageError(`${flag}: ${file} was not written: ${why}`)
  }
}
