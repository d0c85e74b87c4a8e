import { readdirSync, readFileSync } from 'node:fs'

const PAYLOADS = new URL('../../fixtures/payloads/', import.meta.url)

/** What takes the place of a payload's words in double braces. */
export interface Filling {
  readonly source: string
  readonly action: string
  readonly run: string
  readonly id: string
}

/** One payload of fixtures/payloads, such as `valid/minimal.json`, filled in. */
export function payload(file: string, filling: Filling): string {
  const text = readFileSync(new URL(file, PAYLOADS), 'utf8')
  return text.replaceAll(/\{\{(\w+)\}\}/g, (whole, word: string) => filling[word as keyof Filling] ?? whole)
}

/** The payloads of one folder, such as `broken-json`, in the order of their names. */
export function payloadsIn(folder: 'valid' | 'broken-json' | 'broken-fields'): string[] {
  return readdirSync(new URL(`${folder}/`, PAYLOADS))
    .sort()
    .map((file) => `${folder}/${file}`)
}
