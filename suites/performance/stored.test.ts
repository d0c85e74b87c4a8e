import { z } from 'zod'
import { chain } from '../../src/check.ts'
import { load } from '../../src/probes/load.ts'
import { sql } from '../../src/probes/postgres.ts'
import { sharedOnce } from '../../src/probes/shared-once.ts'
import { hookLoad } from '../support/loads.ts'

const row = z.object({ id: z.uuid(), resource_id: z.string() })

chain(
  'PERF-05',
  'Every hook that was accepted under load is stored exactly once, at the latest 10 s afterwards.',
  (target) => ({
    load: sharedOnce(load(hookLoad(target, 'load'))),
    stored: sql(target.part('postgres'), {
      operation: 'SELECT the synthetic hooks of the last 15 minutes',
      text: "SELECT id, resource_id FROM hook_events WHERE source = $1 AND created_at > now() - interval '15 minutes'",
      values: [target.spec.synthetic.source],
      row,
      maxRows: 100_000,
    }),
  }),
  async ({ load, stored }, { observe, until, expect, atMost, measure, unobserved }) => {
    const seconds = atMost('performance.hooks.storedWithin', 10, 's')
    const { ids, failures } = await observe(load)
    if (ids.length === 0) return unobserved({ id: 'load:nothing-accepted', text: 'no hook was accepted under load; see PERF-01' })
    const rows = await until(stored, (found) => missing(ids, found).length === 0, seconds * 1_000)
    const lost = missing(ids, rows)
    const doubled = [...doubles(ids, rows)]
    const repeated = ids.filter((id, index) => ids.indexOf(id) !== index)
    measure({ name: 'performance.hooks.lost', unit: 'hooks', value: lost.length, limit: 0, sampleCount: ids.length, series: [] })
    expect(lost.slice(0, 10), `${lost.length} of ${ids.length} accepted hooks have no row`).toEqual([])
    expect(doubled, 'hooks that were stored more than once').toEqual([])
    expect(repeated, `event_ids given twice (${failures.dropped} connections were dropped)`).toEqual([])
  },
)

type Row = z.infer<typeof row>

function missing(ids: readonly string[], rows: readonly Row[]): string[] {
  const stored = new Set(rows.map(({ id }) => id))
  return ids.filter((id) => !stored.has(id))
}

/** What of ours has several rows: our resource_ids are unique, so that a second row is a second copy of one hook. */
function* doubles(ids: readonly string[], rows: readonly Row[]): Generator<string> {
  const ours = new Set(ids)
  for (const [resource, copies] of Map.groupBy(rows, ({ resource_id }) => resource_id))
    if (copies.length > 1 && copies.some(({ id }) => ours.has(id))) yield `${resource}: ${copies.length} rows`
}
