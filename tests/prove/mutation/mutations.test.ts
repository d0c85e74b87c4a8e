import { describe, expect, it } from 'vitest'
import { chooseMutants, nameOf } from '../../../src/prove/mutation/choose.ts'
import { KINDS, mutated, mutationsOf } from '../../../src/prove/mutation/mutations.ts'
import { syntaxOf } from '../../../src/prove/mutation/syntax.ts'

const SOURCE = `
const MAX_BYTES = 1024
type T = A extends B ? 1 : 2
export async function read(rows: readonly number[]): Promise<number[]> {
  const all = await load()
  if (all.length < 3) throw new Error('too few')
  const last = rows.length - 1
  return rows.filter((row) => /^x/.test(String(row)) && row > last ? true : false)
}
check('PRE-01', 'It holds.', (target) => target, (found, { expect, atLeast, atMost }) => {
  expect(found.cores, 'cores').toBeGreaterThanOrEqual(atLeast('cores', 8, 'cores'))
  expect(found.load).toBeLessThan(atMost('load', 5, ''))
})
`

describe('mutationsOf', () => {
  it('finds every kind of change, and each leaves a program', () => {
    const found = mutationsOf(SOURCE)
    expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(KINDS))
    for (const mutation of found) {
      const text = mutated(SOURCE, mutation)
      expect(text).not.toBe(SOURCE)
      expect(() => syntaxOf(text)).not.toThrow()
    }
  })

  it.each([
    ['inverted comparison', 'all.length < 3', 'all.length >= 3'],
    ['moved boundary', 'row > last', 'row >= last'],
    ['dropped await', 'await load()', 'load()'],
    ['widened limit', '1024', '1024000'],
    ['widened limit', '8', '0'],
    ['widened limit', '5', '1e9'],
    ['swallowed error', "throw new Error('too few')", ';'],
    ['replaced pattern', '/^x/', '/(?:)/'],
    ['off by one', 'rows.length - 1', 'rows.length'],
    ['removed assertion', "expect(found.load).toBeLessThan(atMost('load', 5, ''))", 'expect(true).toBe(true)'],
  ])('%s: %s', (kind, from, to) => {
    expect(mutationsOf(SOURCE)).toContainEqual(expect.objectContaining({ kind, from, to }))
  })

  it('leaves types alone', () => {
    expect(mutationsOf('type T = A extends B ? 1 : 2')).toEqual([])
  })
})

describe('chooseMutants', () => {
  const files = new Map(
    Array.from({ length: 6 }, (_, at) => [`src/probes/p${at}.ts`, SOURCE.replaceAll('rows', `rows${at}`)] as const),
  )

  it('spreads them over kinds and files, and takes the same ones again', () => {
    const chosen = chooseMutants(files, 12, 1)
    expect(chosen).toHaveLength(12)
    expect(new Set(chosen.slice(0, 6).map(({ file }) => file)).size).toBe(6)
    expect(new Set(chosen.slice(0, 10).map(({ kind }) => kind)).size).toBe(10)
    expect(chooseMutants(files, 12, 1)).toEqual(chosen)
    expect(chooseMutants(files, 12, 2)).not.toEqual(chosen)
  })

  it('takes the same ones where a file grew above them', () => {
    const grown = new Map([...files].map(([file, text]) => [file, `// A comment more.\n${text}`]))
    expect(chooseMutants(grown, 12, 1).map(nameOf)).toEqual(chooseMutants(files, 12, 1).map(nameOf))
  })

  it('takes no more than there are', () => {
    expect(chooseMutants(new Map([['a.ts', 'export const a = 1 + 1']]), 60, 1)).toHaveLength(1)
  })
})
