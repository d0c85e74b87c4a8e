import { setTimeout as after } from 'node:timers/promises'
import { z } from 'zod'
import type { MonitoringSpec } from '../schema.ts'

const POLL_MS = 250
/** Scrapes are spread over an interval; a target that was down when it was asked first is asked again after another. */
const INTERVALS = 4

const answerSchema = z.object({ data: z.object({ activeTargets: z.array(z.object({ health: z.string() })) }) })

/** Waits until everything was scraped well once, or for some intervals: what then is still down, the run's own lines will tell. */
export async function scraped(url: string, { scrapeInterval }: MonitoringSpec, signal: AbortSignal): Promise<void> {
  const end = performance.now() + INTERVALS * scrapeInterval * 1_000
  while (performance.now() < end) {
    const response = await fetch(`${url}/api/v1/targets`, { signal })
    const { activeTargets } = answerSchema.parse(await response.json()).data
    if (activeTargets.length > 0 && activeTargets.every(({ health }) => health === 'up')) return
    await after(POLL_MS, undefined, { signal })
  }
}
