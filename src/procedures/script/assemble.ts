import { readFileSync } from 'node:fs'
import { quote } from '../../host/questions.ts'
import { type Bodies, type Outline, withBodies } from '../outline.ts'
import { assignments, comment, type Value } from './shell.ts'

/** The body of a step that only looks. */
export const ONLY_LOOKS = '-'

/** What one procedure's script is made of beside its steps. */
export interface ScriptParts {
  /** Sentences of the comment at its top, a paragraph each. */
  readonly header: readonly string[]
  /** Everything that is particular to this host, by the name of its variable. */
  readonly values: Readonly<Record<string, Value>>
  /** Files of shell functions, by name without ending. */
  readonly files: readonly string[]
  /** Functions that were made for this host. */
  readonly functions: readonly string[]
}

/**
 * The script of a procedure: each step of its outline by the shell functions that stand for it. @throws Error where one of them is
 * defined nowhere: a script that would stop half-way is not printed.
 */
export function assemble<const O extends Outline>(outline: O, bodies: Bodies<O, string, string>, parts: ScriptParts): string {
  const steps = withBodies(outline, bodies)
  const functions = [...parts.files.map(shellFile), ...parts.functions].map((text) => text.trimEnd())
  for (const name of steps.flatMap(({ precondition, run, verify }) => [precondition, run, verify])) {
    if (name === undefined || name === ONLY_LOOKS) continue
    if (!functions.some((text) => new RegExp(`^${name}\\(\\) `, 'm').test(text)))
      throw new Error(`${outline.name}: no shell function ${name}`)
  }
  const rest = [stepList(steps), ...functions, shellFile('frame').trimEnd(), 'main "$@"'].join('\n\n')
  const top = [
    '#!/usr/bin/env bash',
    ...parts.header.flatMap((sentence) => (sentence === '' ? ['#'] : comment(sentence))),
    'set -euo pipefail',
    'umask 077',
    'export LC_ALL=C PATH="$PATH:/usr/local/bin:/usr/sbin:/sbin"',
  ]
  return `${top.join('\n')}\n\n${assignments(parts.values, rest)}\n\n${rest}\n`
}

function stepList(steps: ReturnType<typeof withBodies<Outline, string, string>>): string {
  const rows = steps.map(({ name, once, precondition, run, verify, describe, whenItFails, requires, becomes }) =>
    [
      ...(requires === undefined ? [] : [`  # before: ${requires}`]),
      `  step ${quote(name)} ${once === true ? 'once' : 'always'} ${precondition ?? ONLY_LOOKS} ${run} ${verify ?? ONLY_LOOKS} \\`,
      `    ${quote(describe)} \\`,
      `    ${quote(whenItFails)}`,
      ...(becomes === undefined ? [] : [`  # then: ${becomes}`]),
    ].join('\n'),
  )
  return [
    '# The steps: each with what must be so before it, what does it, and what must be so then.',
    'steps() {',
    ...rows,
    '}',
  ].join('\n')
}

function shellFile(name: string): string {
  return readFileSync(new URL(`./shell/${name}.sh`, import.meta.url), 'utf8')
}
