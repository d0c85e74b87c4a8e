import { parseOptions } from '../../src/cli/options.ts'

/** A shell variable's value where a workflow's commands are read instead of run. */
export type Values = Readonly<Record<string, string>>

/** The words of one simple command line, without quotes and with variables filled in. @throws Error for a variable nobody sets. */
export function shellWords(line: string, values: Values): string[] {
  const words = line.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? []
  return words.map((word) =>
    word
      .replace(/\$\{?(\w+)\}?/g, (_, name: string) => {
        const value = values[name]
        if (value === undefined) throw new Error(`${line}: nothing sets $${name}`)
        return value
      })
      .replace(/['"]/g, ''),
  )
}

/** What is wrong with the npm commands of a script: a script that package.json does not have, an option that a run does not know. */
export function npmProblems(script: string, values: Values, scripts: Values): string[] {
  return script.split('\n').flatMap((line) => {
    const [npm, command, ...rest] = shellWords(/^\s*npm /.test(line) ? line : '', values)
    if (npm === undefined || command === 'ci') return []
    const [name, argv] = command === 'test' ? ['test', rest] : [rest[0] ?? '', rest.slice(1)]
    if (command !== 'test' && command !== 'run') return [`${line}: only npm ci, npm test and npm run are used`]
    if (scripts[name] === undefined) return [`${line}: package.json has no script "${name}"`]
    return name === 'test' ? optionProblems(line, argv) : []
  })
}

function optionProblems(line: string, [separator, ...flags]: readonly string[]): string[] {
  if (separator !== undefined && separator !== '--') return [`${line}: npm takes ${separator} for itself; write -- before it`]
  try {
    parseOptions(flags, {})
    return []
  } catch (error) {
    return [`${line}: ${error instanceof Error ? error.message : String(error)}`]
  }
}
