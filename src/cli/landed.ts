import path from 'node:path'
import type { Baseline } from '../report/baseline.ts'
import { readHistory } from '../report/history.ts'
import type { Report } from '../report/model.ts'
import type { ReleaseComparison } from '../report/release-comparison.ts'
import { countsInWords } from '../report/words.ts'
import { compareRelease, type ReleaseQuestion, type ToldRelease } from '../standing/compare-release.ts'
import { factsOfRecord } from '../standing/release-facts.ts'
import type { ReleaseFound } from '../standing/release-found.ts'
import type { Job } from './job.ts'

/**
 * What was released before, where it is asked what has landed: as the baseline tells it, or else the last run of this target that
 * was accepted, that is passed, with a ticket. Undefined where nobody told.
 */
export async function previousRelease({ options, spec }: Job, baseline: Baseline | undefined): Promise<ToldRelease | undefined> {
  if (options.release === undefined) return undefined
  if (baseline?.report !== undefined) {
    const { target, run } = baseline.report
    return toldBy(target.release, `the report of ${run.ticket || 'a run without ticket'}, ${run.startedAt}`)
  }
  const { entries } = await readHistory(options.history ?? path.join(options.out, 'history.jsonl'))
  const accepted = entries.findLast((entry) => entry.target === spec.name && entry.verdict === 'passed' && entry.ticket !== '')
  return accepted && toldBy(accepted.release, `the last accepted run, ${accepted.ticket} of ${accepted.at}`)
}

/** What has landed of the release that the run was given; undefined where it was given none, or nobody looked. */
export function landedOf(
  { options, spec }: Job,
  report: Report,
  found: ReleaseFound | undefined,
  previous: ToldRelease | undefined,
): ReleaseComparison | undefined {
  if (options.release === undefined || spec.release === undefined || found === undefined) return undefined
  const { services, schemaVersion, configuration = {} } = spec.release
  return compareRelease({
    found,
    versions: found.containers === null ? report.target.release : {},
    wanted: {
      source: options.release,
      services: withoutOnce({ ...services, ...found.wanted }, spec.compose?.migrations),
      schemaVersion: schemaVersion ?? null,
      schemaHash: null,
      configuration,
    },
    previous,
    composeName: (service) => spec.services[service]?.container ?? service,
    ownServices: Object.keys(spec.services),
    topics: spec.names.topics,
    verified: verifiedBy(report),
  })
}

/** What is run once leaves no container behind: the schema tells whether it ran. */
function withoutOnce(services: Readonly<Record<string, string>>, once: string | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(services).filter(([service]) => service !== once))
}

/** A report that knows nothing of the release tells nothing. */
function toldBy(record: Report['target']['release'], source: string): ToldRelease | undefined {
  const facts = factsOfRecord(record)
  return Object.keys(facts.services).length === 0 && facts.schemaVersion === null ? undefined : { source, ...facts }
}

function verifiedBy({ verdict, counts }: Report): ReleaseQuestion['verified'] {
  if (verdict === 'passed' || verdict === 'pending') return { state: 'done', evidence: `this run: ${countsInWords(counts)}` }
  if (verdict === 'failed') return { state: 'open', evidence: `this run: ${countsInWords(counts)}` }
  return { state: 'unknown', evidence: `this run is ${verdict}` }
}
