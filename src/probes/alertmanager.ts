import { z } from 'zod'
import type { Probe } from '../probe.ts'
import { type Answered, answered, jsonBody } from './answered.ts'
import { type HttpAnswer, http } from './http.ts'

const statusSchema = z.object({
  config: z.object({ original: z.string() }),
  uptime: z.string(),
  versionInfo: z.object({ version: z.string() }),
  cluster: z.object({ status: z.string() }),
})
export type AlertmanagerStatus = z.infer<typeof statusSchema>

const silenceSchema = z.object({
  id: z.string(),
  status: z.object({ state: z.enum(['active', 'pending', 'expired']) }),
  createdBy: z.string(),
  comment: z.string(),
  startsAt: z.iso.datetime({ offset: true }),
  endsAt: z.iso.datetime({ offset: true }),
  matchers: z.array(z.object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean().default(true) })),
})
export type Silence = z.infer<typeof silenceSchema>

/** Whether Alertmanager takes alerts; the answer's status tells. */
export function alertmanagerReady(url: string): Probe<HttpAnswer> {
  return http({ system: 'alertmanager', url, path: '/-/ready' })
}

/** Version, cluster, and the configuration in force as YAML; Alertmanager hides the secrets in it. */
export function alertmanagerStatus(url: string): Probe<Answered<AlertmanagerStatus>> {
  return api(url, '/api/v2/status', 'alertmanager-status', statusSchema)
}

/** The receivers that alerts can be routed to. */
export function receivers(url: string): Probe<Answered<string[]>> {
  const schema = z.array(z.object({ name: z.string() })).transform((list) => list.map(({ name }) => name))
  return api(url, '/api/v2/receivers', 'alertmanager-receivers', schema)
}

/** Every silence that Alertmanager remembers, expired ones included. */
export function silences(url: string): Probe<Answered<Silence[]>> {
  return api(url, '/api/v2/silences', 'alertmanager-silences', z.array(silenceSchema))
}

function api<T>(url: string, path: string, kind: string, schema: z.ZodType<T>): Probe<Answered<T>> {
  return answered(http({ system: 'alertmanager', url, path }), kind, (answer) => jsonBody(answer, schema))
}
