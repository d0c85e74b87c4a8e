import { z } from 'zod'
import type { TargetSpec } from '../../targets/schema.ts'

const ANSWER_MS = 2_000
const targetsSchema = z.object({
  data: z.object({ activeTargets: z.array(z.object({ health: z.string(), scrapePool: z.string(), lastError: z.string() })) }),
})
const alertsSchema = z.object({
  data: z.object({ alerts: z.array(z.object({ state: z.string(), labels: z.record(z.string(), z.string()) })) }),
})

/** What Prometheus sees that is not well: targets that are not up, and alerts that are firing and may not. */
export async function scrapeAilments({ prometheus, monitoring }: TargetSpec): Promise<string[]> {
  if (prometheus === undefined) return []
  try {
    const [targets, alerts] = await Promise.all([
      asked(`${prometheus.url}/api/v1/targets`, targetsSchema),
      asked(`${prometheus.url}/api/v1/alerts`, alertsSchema),
    ])
    const { activeTargets } = targets.data
    return [
      ...(activeTargets.length === 0 ? ['Prometheus scrapes nothing yet'] : []),
      ...activeTargets
        .filter(({ health }) => health !== 'up')
        .map(({ scrapePool, health, lastError }) => `${scrapePool} is ${health} to Prometheus: ${lastError}`),
      ...alerts.data.alerts
        .filter(({ state, labels }) => state === 'firing' && !monitoring.mayFire.includes(labels.alertname ?? ''))
        .map(({ labels }) => `the alert ${labels.alertname} is firing`),
    ]
  } catch (error) {
    return [`Prometheus does not answer: ${error instanceof Error ? error.message : String(error)}`]
  }
}

const senderSchema = z.object({ data: z.object({ activeAlertmanagers: z.array(z.object({ url: z.string() })) }) })

/** What Prometheus has found to scrape and to send its alerts to, which takes it some seconds after each load of its configuration. */
export async function discovered({
  prometheus,
}: TargetSpec): Promise<{ readonly jobs: string[]; readonly alertmanagers: string[] }> {
  if (prometheus === undefined) return { jobs: [], alertmanagers: [] }
  const [targets, senders] = await Promise.all([
    asked(`${prometheus.url}/api/v1/targets?state=active`, targetsSchema),
    asked(`${prometheus.url}/api/v1/alertmanagers`, senderSchema),
  ])
  return {
    jobs: targets.data.activeTargets.map(({ scrapePool }) => scrapePool).sort(),
    alertmanagers: senders.data.activeAlertmanagers.map(({ url }) => url).sort(),
  }
}

async function asked<T>(url: string, schema: z.ZodType<T>): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS), headers: { connection: 'close' } })
  return schema.parse(await answer.json())
}
