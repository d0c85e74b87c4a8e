import type { Judging } from '../../src/check.ts'
import type { LoadResult } from '../../src/probes/load.ts'

/** What was seen during a load means nothing where the load ended first, or where nothing of it was accepted. */
export function requireCovered({ covered, accepted }: LoadResult, { unobserved }: Judging): void {
  if (accepted === 0) unobserved({ id: 'load:nothing-accepted', text: 'no request was accepted under load; see PERF-01' })
  if (covered) return
  const text = 'the load ended before the observation did: it reached its greatest number of requests or its time'
  unobserved({ id: 'load:not-covered', text })
}
