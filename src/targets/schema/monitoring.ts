import { z } from 'zod'
import { seconds, secretReference } from './common.ts'

export const httpPartSchema = z.strictObject({ url: z.url() })

export const grafanaSchema = z.strictObject({ url: z.url(), user: z.string().default('admin'), password: secretReference })
export type GrafanaSpec = z.infer<typeof grafanaSchema>

export const monitoringSchema = z.strictObject({
  scrapeInterval: seconds.describe('Seconds.'),
  scrapeTimeout: seconds.describe('Seconds.'),
  evaluationInterval: seconds.describe('Seconds.'),
  externalLabels: z.record(z.string(), z.string()).describe('Labels that tell this Prometheus apart in a notification.'),
  jobs: z
    .record(z.string(), z.union([z.string().startsWith('/'), z.literal('none')]))
    .transform(withoutNone)
    .describe('Jobs that must be scraped: name → metrics path; `none` for one of the runbook’s that this site does not have.'),
  up: z
    .record(z.string(), z.string())
    .default({})
    .transform(withoutNone)
    .describe('Series by which an exporter tells that it reaches its system: job → metric; `none` as above.'),
  alerts: z
    .record(z.string(), z.strictObject({ for: seconds, severity: z.string(), team: z.string() }))
    .describe('Alerts that must exist; `for` in seconds.'),
  mayFire: z.array(z.string()).default([]).describe('Alerts that may be firing, such as a dead man’s switch.'),
  acceptedCounter: z.string().describe('Counter of what the product accepted, with the labels source and action.'),
})
export type MonitoringSpec = z.infer<typeof monitoringSchema>

/** A file is laid over the product's defaults, so that only a word can take something away from them. */
function withoutNone(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== 'none'))
}
