import { glob } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BoundLine, bind } from '../bind.ts'
import { registeredChecks } from '../check.ts'
import { readRunbook, SUITES } from '../runbook.ts'

/** The suite files, in the order of the runbook's suites, then by name. */
export async function suiteFiles(): Promise<string[]> {
  const files = await Array.fromAsync(glob('suites/*/*.test.ts'))
  const folders: readonly string[] = SUITES
  const rank = (file: string): number => folders.indexOf(file.split(path.sep)[1] ?? '')
  return files.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
}

/** Imports every suite and binds its checks to the runbook's lines; touches no target. @throws UsageError naming every mistake. */
export async function boundRunbook(): Promise<BoundLine[]> {
  for (const file of await suiteFiles()) await import(pathToFileURL(path.resolve(file)).href)
  return bind(readRunbook(), registeredChecks())
}
