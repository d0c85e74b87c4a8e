import { describe, expect, it } from 'vitest'
import { Unobserved } from '../../../src/outcome.ts'
import { failureOf } from '../../support/failure.ts'
import { follow } from '../../support/judging.ts'
import { loadResult } from '../support/load-result.ts'
import '../../../suites/performance/stored.test.ts'

const A = '00000000-0000-4000-8000-00000000000a'
const B = '00000000-0000-4000-8000-00000000000b'
const FOREIGN = '00000000-0000-4000-8000-00000000000c'

interface Row {
  readonly id: string
  readonly resource_id: string
}

const stored = (ids: readonly string[], rows: readonly Row[]) =>
  follow('PERF-05', ({ effect }) => (effect === 'load' ? loadResult(ids.length, 5, { ids }) : rows))

describe('PERF-05', () => {
  const rows = [
    { id: A, resource_id: 'run-0' },
    { id: B, resource_id: 'run-1' },
    { id: FOREIGN, resource_id: 'other-run-0' },
  ]

  it('passes where every accepted hook has one row', async () => {
    expect((await stored([A, B], rows)).measurements).toMatchObject([
      { name: 'performance.hooks.lost', value: 0, sampleCount: 2 },
    ])
  })

  it('fails on a hook without a row, and on an empty table', async () => {
    expect(await failureOf(stored([A, B], rows.slice(0, 1)))).toMatch('1 of 2 accepted hooks have no row')
    expect(await failureOf(stored([A, B], []))).toMatch('2 of 2 accepted hooks have no row')
  })

  it('fails on a second copy of one of ours, whatever its id', async () => {
    expect(await failureOf(stored([A, B], [...rows, { id: FOREIGN, resource_id: 'run-1' }]))).toMatch('stored more than once')
  })

  it('does not mind what other runs stored', async () => {
    await stored([A], [...rows, { id: B, resource_id: 'other-run-0' }])
  })

  it('fails on one event_id given to two hooks', async () => {
    expect(await failureOf(stored([A, A], rows))).toMatch('event_ids given twice')
  })

  it('is unobserved where nothing was accepted', async () => {
    await expect(stored([], rows)).rejects.toThrow(Unobserved)
  })
})
