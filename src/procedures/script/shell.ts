import { quote } from '../../host/questions.ts'

const MAX_ROW = 118

/** A named value of a script: one word, or a list of words. */
export type Value = string | readonly string[]

/** A shell function that prints these lines, whatever they hold. */
export function printing(name: string, sentence: string, lines: readonly string[]): string {
  let end = 'END'
  while (lines.some((line) => line.trim() === end)) end += 'X'
  return [`# ${oneLine(sentence)}`, `${name}() {`, `  cat <<'${end}'`, ...lines, end, '}'].join('\n')
}

/**
 * Assignments, each value quoted so that nothing in it is ever run. What the rest of the script does not use is left out, so that
 * whoever reads it need not wonder.
 */
export function assignments(values: Readonly<Record<string, Value>>, rest: string): string {
  const used = Object.entries(values).filter(([name]) => new RegExp(`\\b${name}\\b`).test(rest))
  return [
    '# shellcheck disable=SC1003,SC1110,SC1111,SC1112,SC2016 # values stand here literally',
    '{',
    ...used.flatMap(assignment),
    '}',
  ].join('\n')
}

function assignment([name, value]: readonly [string, Value]): string[] {
  if (typeof value === 'string') return [`  ${name}=${quote(value)}`]
  const row = `  ${name}=(${value.map(quote).join(' ')})`
  return row.length <= MAX_ROW ? [row] : [`  ${name}=(`, ...value.map((word) => `    ${quote(word)}`), '  )']
}

/** A comment may not end before its sentence does. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ')
}

/** Comment lines of at most 118 characters; a word is never broken. */
export function comment(text: string): string[] {
  const lines: string[] = []
  let line = '#'
  for (const word of oneLine(text).split(' ')) {
    if (`${line} ${word}`.length > MAX_ROW && line !== '#') {
      lines.push(line)
      line = '#'
    }
    line += ` ${word}`
  }
  return [...lines, line]
}
