import path from 'node:path'
import { readHistory } from '../report/history.ts'
import type { RehearsalRecord } from '../report/rehearsal-record.ts'
import type { Job } from './job.ts'

/** The restores that earlier runs rehearsed, as the history tells: those of this target, or of all where this one has no data of its own. */
export async function rehearsedBefore({ options, spec }: Job): Promise<RehearsalRecord[]> {
  const { entries } = await readHistory(options.history ?? path.join(options.out, 'history.jsonl'))
  const ofInterest = entries.filter(({ target }) => spec.kind !== 'live' || target === spec.name)
  return ofInterest.flatMap(({ rehearsal }) => rehearsal ?? [])
}
