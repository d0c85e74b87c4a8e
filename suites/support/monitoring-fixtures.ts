import { readdirSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const TESTS = fileURLToPath(new URL('../../fixtures/monitoring/tests/', import.meta.url))

/** The promtool unit tests of the alert rules, as paths from the working directory. */
export function alertTests(): string[] {
  return readdirSync(TESTS)
    .filter((name) => name.endsWith('.yml'))
    .sort()
    .map((name) => relative(process.cwd(), `${TESTS}${name}`))
}
