import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../src/host/env-file.ts'

const valueIn = (text: string) => parseEnvFile(text).values.get('A')
const problemIn = (text: string) => parseEnvFile(text).problems[0]

describe('an environment file', () => {
  it.each([
    ['A=1', '1'],
    ['  export A = 1 ', '1'],
    ['A: 1', '1'],
    ['A=', ''],
    ['A= # nothing', ''],
    ['A=a#b', 'a#b'],
    ['A=a b # comment', 'a b'],
    ["A='a # $b \\n'", 'a # $b \\n'],
    ['A="a\\nb\\"c\\\\"', 'a\nb"c\\'],
    ['A="a" # comment', 'a'],
    ['A="two\nlines"\nB=1', 'two\nlines'],
    ['# A=0\n\nA=1\n', '1'],
    ['A=1\nA=2', '2'],
  ])('%j gives %j', (text, value) => {
    expect(valueIn(text)).toBe(value)
  })

  it('names each key that stands twice, with its lines', () => {
    expect(parseEnvFile('A=1\nB=1\n\nA=2').duplicates).toEqual([{ key: 'A', lines: [1, 4] }])
  })

  it.each([
    ['A', 1, 'from the shell'],
    ['hunter2!', 1, 'neither KEY=value'],
    ['\n1A=1', 2, 'neither KEY=value'],
    ['A="open', 1, 'no closing "'],
    ['A="a"b', 1, 'after its closing "'],
    ['A=a"b', 1, 'stray quote'],
    ['A=$HOME/x', 1, '$HOME'],
    ['A="$'.concat('{B:-c}"'), 1, '{B:-c}'],
    ['B=1\r\nA=1', 1, 'carriage returns'],
    ['\uFEFFA=1', 1, 'byte order mark'],
  ])('%j is a problem', (text, line, words) => {
    expect(problemIn(text)).toMatchObject({ line, text: expect.stringContaining(words) })
  })

  it('never shows a line that lost its key', () => {
    expect(JSON.stringify(parseEnvFile('p4ss/word+zz!'))).not.toContain('p4ss')
  })

  const key = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,12}$/)

  it('gives back every single-quoted value as it was', () => {
    const value = fc.string().filter((text) => !/['\r]/.test(text))
    fc.assert(
      fc.property(fc.dictionary(key, value), (variables) => {
        const text = Object.entries(variables).map(([name, content]) => `${name}='${content}'`)
        const { values, problems, duplicates } = parseEnvFile(text.join('\n'))
        expect([Object.fromEntries(values), problems, duplicates]).toEqual([{ ...variables }, [], []])
      }),
    )
  })

  it('gives back every double-quoted value that was escaped', () => {
    const value = fc.string().filter((text) => !/[\r$]/.test(text))
    fc.assert(
      fc.property(key, value, (name, content) => {
        const { values, problems } = parseEnvFile(`${name}="${content.replaceAll(/["\\]/g, '\\$&')}"`)
        expect([values.get(name), problems]).toEqual([content, []])
      }),
    )
  })

  it('reads any text without an exception, every assignment on a line of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('A', '=', '"', "'", '\\', '#', ' ', '\n', '$', '{', ':') }), (text) => {
        const lines = text.split('\n').length
        const { assignments } = parseEnvFile(text)
        expect(assignments.every(({ line }) => line >= 1 && line <= lines)).toBe(true)
      }),
    )
  })
})
