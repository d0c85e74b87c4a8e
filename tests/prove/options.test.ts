import { expect, it } from 'vitest'
import { parseProof } from '../../src/prove/options.ts'

it('takes a target, a number of runs and options of a run', () => {
  expect(parseProof(['ephemeral'])).toEqual({ target: 'ephemeral', runs: 10, pressure: false, flags: [] })
  expect(parseProof(['embedded', '3', '--when=all'])).toEqual({
    target: 'embedded',
    runs: 3,
    pressure: false,
    flags: ['--when=all'],
  })
  expect(parseProof(['embedded', '--pressure', '--when=all'])).toMatchObject({ pressure: true, flags: ['--when=all'] })
})

it.each([
  [[], 'usage: npm run prove'],
  [['embedded', '3', '4'], 'usage: npm run prove'],
  [['embedded', '0'], 'RUNS: expected a whole number'],
  [['embedded', '--wen=all'], 'unknown option --wen'],
  [['embedded', '--out=elsewhere'], '--out is no option of a proof'],
  [['embedded', '--list'], '--list is no option of a proof'],
])('refuses %j before anything runs', (argv, message) => {
  expect(() => parseProof(argv)).toThrow(message)
})
