import { z } from 'zod'
import type { TargetSpec } from '../../targets/schema.ts'

const ANSWER_MS = 2_000
const targetsSchema = z.object({
  data: z.object({ activeTargets: z.array(z.object({ health: z.string(), scrapePool: z.string(), lastError: z.string() })) }),
})
const alertsSchema = z.object({
  data: z.object({ alerts: z.array(z.object({ state: z.string(), labels: z.record(z.string(), z.string()) })) }),
})

const querySchema = z.object({ data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }) })

/**
 * What Prometheus sees that is not well: targets that are not up, exporters that do not reach their system, and alerts that are firing
 * and may not.
 */
export async function scrapeAilments({ prometheus, monitoring }: TargetSpec): Promise<string[]> {
  if (prometheus === undefined) return []
  try {
    const [targets, alerts, cutOff] = await Promise.all([
      asked(`${prometheus.url}/api/v1/targets`, targetsSchema),
      asked(`${prometheus.url}/api/v1/alerts`, alertsSchema),
      exportersCutOff(prometheus.url, monitoring.up),
    ])
    const { activeTargets } = targets.data
    return [
      ...(activeTargets.length === 0 ? ['Prometheus scrapes nothing yet'] : []),
      ...activeTargets
        .filter(({ health }) => health !== 'up')
        .map(({ scrapePool, health, lastError }) => `${scrapePool} is ${health} to Prometheus: ${lastError}`),
      ...cutOff,
      ...alerts.data.alerts
        .filter(({ state, labels }) => state === 'firing' && !monitoring.mayFire.includes(labels.alertname ?? ''))
        .map(({ labels }) => `the alert ${labels.alertname} is firing`),
    ]
  } catch (error) {
    return [`Prometheus does not answer: ${error instanceof Error ? error.message : String(error)}`]
  }
}

/** An exporter goes on telling of its system's last scrape until the next one. */
async function exportersCutOff(url: string, up: Readonly<Record<string, string>>): Promise<string[]> {
  const told = Object.entries(up).map(async ([job, metric]) => {
    const query = encodeURIComponent(`${metric}{job="${job}"}`)
    const { data } = await asked(`${url}/api/v1/query?query=${query}`, querySchema)
    return data.result.some(({ value: [, value] }) => Number(value) === 0) ? [`${metric} of ${job} is 0`] : []
  })
  return (await Promise.all(told)).flat()
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
