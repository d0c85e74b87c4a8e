import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../src/falsify/options.ts'
import { select } from '../../src/falsify/select.ts'
import { someFault } from './fault.ts'

const lines = [
  { id: 'A-1', suite: 'preflight', systems: ['host'], loud: undefined },
  { id: 'B-1', suite: 'performance', systems: ['api'], loud: 'load' as const },
]
const faults = [
  someFault({ failed: ['A-1'] }, { id: 'one' }),
  someFault({ failed: ['A-1'] }, { id: 'two' }),
  someFault({ failed: ['B-1'] }, { id: 'three', touches: ['api'] }),
]

describe('the options of falsify', () => {
  it.each([
    [['--faults=x'], '--fault'],
    [['--jobs=none'], 'expected a number'],
    [['--target=prod'], 'embedded, ephemeral, ephemeral-host only'],
    [['stray'], 'stray'],
  ])('refuses %j', (argv, words) => expect(() => parseOptions(argv)).toThrow(words))

  it('names an unknown fault or line with the nearest one', () => {
    expect(() => select(faults, lines, parseOptions(['--fault=oen']))).toThrow('--fault: unknown id "oen"')
    expect(() => select(faults, lines, parseOptions(['--check=A-2']))).toThrow('did you mean "A-1"')
  })

  it('selects the faults that are about a line, and says that this is not all', () => {
    const { faults: selected, words } = select(faults, lines, parseOptions(['--check=B-1']))
    expect(selected.map(({ id }) => id)).toEqual(['three'])
    expect(words).toBe('PARTIAL: 1 of 3 faults (--check=B-1)')
    expect(select(faults, lines, parseOptions([])).words).toBe('')
  })

  it('samples one fault a suite', () => {
    expect(select(faults, lines, parseOptions(['--sample'])).faults.map(({ id }) => id)).toEqual(['one', 'three'])
  })
})
