import { z } from 'zod'
import type { Probe } from '../probe.ts'
import type { GrafanaSpec } from '../targets/schema.ts'
import { type Answered, answered, jsonBody } from './answered.ts'
import { type HttpAnswer, http } from './http.ts'

const healthSchema = z.object({ database: z.string(), version: z.string().default('') })
const datasourceSchema = z.object({ uid: z.string(), name: z.string(), type: z.string(), isDefault: z.boolean().default(false) })
export type Datasource = z.infer<typeof datasourceSchema>

/** Grafana's own health: that of its database, nothing of its datasources. */
export function grafanaHealth({ url }: GrafanaSpec): Probe<Answered<z.infer<typeof healthSchema>>> {
  return answered(http({ system: 'grafana', url, path: '/api/health' }), 'grafana-health', (answer) =>
    jsonBody(answer, healthSchema),
  )
}

/** The datasources, as the administrator sees them. */
export function datasources({ url, user }: GrafanaSpec): Probe<Answered<Datasource[]>> {
  return answered(
    http({ system: 'grafana', url, path: '/api/datasources', apiKey: 'grafana.password', scheme: 'Basic', user }),
    'grafana-datasources',
    (answer) => jsonBody(answer, z.array(datasourceSchema)),
  )
}

/** What the datasource of that uid answers to a Prometheus query that Grafana passes on: the whole way that a dashboard takes. */
export function datasourceQuery({ url, user }: GrafanaSpec, uid: string, expression: string): Probe<HttpAnswer> {
  const path = `/api/datasources/proxy/uid/${encodeURIComponent(uid)}/api/v1/query?query=${encodeURIComponent(expression)}`
  const probe = http({ system: 'grafana', url, path, apiKey: 'grafana.password', scheme: 'Basic', user })
  return { ...probe, variant: uid, access: { ...probe.access, operation: queryOperation(expression) } }
}

/** The words for that access, the same whatever the datasource, so that it can be declared before the uid is known. */
function queryOperation(expression: string): string {
  return `GET /api/datasources/proxy/uid/…/api/v1/query (${expression})`
}

/**
 * A login with a password that everybody knows; a healthy Grafana answers 401. It is an attempt that Grafana writes down and
 * counts, hence the effect.
 */
export function knownLogin({ url }: GrafanaSpec, user: string, password: string): Probe<HttpAnswer> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const probe = http({ system: 'grafana', url, path: '/api/org', headers: { authorization }, effect: 'synthetic-write' })
  return { ...probe, access: { ...probe.access, operation: `GET /api/org as ${user} with a known default password` } }
}
