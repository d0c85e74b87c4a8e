import { z } from 'zod'
import type { Probe, ProbeTemplate } from '../probe.ts'
import { type Answered, answered, jsonBody } from './answered.ts'
import { type HttpAnswer, http } from './http.ts'

const labels = z.record(z.string(), z.string())

const targetSchema = z.object({
  labels: z.looseObject({ job: z.string() }).and(labels),
  scrapeUrl: z.string(),
  health: z.enum(['up', 'down', 'unknown']),
  lastError: z.string(),
  /** 0001-01-01 where it was never scraped. */
  lastScrape: z.string(),
  /** Seconds. */
  lastScrapeDuration: z.number(),
})
export type ScrapeTarget = z.infer<typeof targetSchema>

const ruleSchema = z.object({
  name: z.string(),
  query: z.string(),
  type: z.enum(['alerting', 'recording']),
  health: z.enum(['ok', 'err', 'unknown']),
  lastError: z.string().default(''),
  lastEvaluation: z.string(),
  /** Seconds; recording rules have none. */
  duration: z.number().default(0),
  labels: labels.default({}),
})
const groupsSchema = z.object({ groups: z.array(z.object({ name: z.string(), file: z.string(), rules: z.array(ruleSchema) })) })
export type LoadedRule = z.infer<typeof ruleSchema>

const alertSchema = z.object({ labels, state: z.enum(['pending', 'firing', 'inactive']), activeAt: z.string() })
export type ActiveAlert = z.infer<typeof alertSchema>

const runtimeSchema = z.object({
  reloadConfigSuccess: z.boolean(),
  lastConfigTime: z.string(),
  corruptionCount: z.number(),
  /** As Prometheus words it: `15d`, or `15d or 50GB`. */
  storageRetention: z.string(),
})
export type PrometheusRuntime = z.infer<typeof runtimeSchema>

const alertmanagersSchema = z.object({
  activeAlertmanagers: z.array(z.object({ url: z.string() })),
  droppedAlertmanagers: z.array(z.object({ url: z.string() })),
})

/** One value at one moment: seconds since 1970, and a number as text (`NaN` and `+Inf` included). */
const pointSchema = z.tuple([z.number(), z.string()])
const querySchema = z.union([
  z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: labels, value: pointSchema })) }),
  z.object({ resultType: z.literal('scalar'), result: pointSchema }),
])
export type QueryResult = z.infer<typeof querySchema>

/** Whether Prometheus serves queries; the answer's status tells. */
export function prometheusReady(url: string): Probe<HttpAnswer> {
  return http({ system: 'prometheus', url, path: '/-/ready' })
}

/** What is scraped, job by job, and how the last scrape went. The answer's own status tells nothing of the targets. */
export function scrapeTargets(url: string): Probe<Answered<ScrapeTarget[]>> {
  const schema = z.object({ activeTargets: z.array(targetSchema) }).transform(({ activeTargets }) => activeTargets)
  return api(url, '/api/v1/targets?state=active', 'prometheus-targets', schema)
}

/** The rules that Prometheus evaluates, group by group in one list. */
export function loadedRules(url: string): Probe<Answered<LoadedRule[]>> {
  const schema = groupsSchema.transform(({ groups }) => groups.flatMap(({ rules }) => rules))
  return api(url, '/api/v1/rules', 'prometheus-rules', schema)
}

/** Every alert that is pending or firing. */
export function activeAlerts(url: string): Probe<Answered<ActiveAlert[]>> {
  const schema = z.object({ alerts: z.array(alertSchema) }).transform(({ alerts }) => alerts)
  return api(url, '/api/v1/alerts', 'prometheus-alerts', schema)
}

/** The configuration in force, as YAML with every default written out. */
export function loadedConfig(url: string): Probe<Answered<string>> {
  const schema = z.object({ yaml: z.string() }).transform(({ yaml }) => yaml)
  return api(url, '/api/v1/status/config', 'prometheus-config', schema)
}

/** How the process itself is: whether its last reload worked, what it keeps and for how long. */
export function prometheusRuntime(url: string): Probe<Answered<PrometheusRuntime>> {
  return api(url, '/api/v1/status/runtimeinfo', 'prometheus-runtime', runtimeSchema)
}

/** The Alertmanagers that Prometheus sends to, by their alert address. */
export function alertmanagersOfPrometheus(url: string): Probe<Answered<z.infer<typeof alertmanagersSchema>>> {
  return api(url, '/api/v1/alertmanagers', 'prometheus-alertmanagers', alertmanagersSchema)
}

/** The value of an expression now. GET, so that a proxy that forbids writing lets it through. */
export function instantQuery(url: string, expression: string): Probe<Answered<QueryResult>> {
  return api(url, `/api/v1/query?query=${encodeURIComponent(expression)}`, 'prometheus-query', querySchema)
}

/** Which of some metrics have a series now, by name; what is asked for becomes known only on the way. */
export function liveSeries(url: string): ProbeTemplate<readonly string[], Answered<string[]>> {
  const seriesOf = (names: readonly string[]): Probe<Answered<string[]>> => {
    const pattern = names.map((name) => name.replaceAll(/[^\w:]/g, '')).join('|')
    const query = instantQuery(url, `count by (__name__) ({__name__=~"${pattern}"})`)
    return {
      ...query,
      kind: 'prometheus-series',
      variant: pattern,
      access: { ...query.access, operation: 'GET /api/v1/query (which of the named metrics have series)' },
      async read(session) {
        const { value, ...rest } = await query.read(session)
        return { ...rest, value: value.ok ? { ok: true, value: namesIn(value.value) } : value }
      },
    }
  }
  return { access: seriesOf([]).access, with: seriesOf }
}

function namesIn(result: QueryResult): string[] {
  return result.resultType === 'vector' ? result.result.map(({ metric }) => metric.__name__ ?? '') : []
}

function api<T>(url: string, path: string, kind: string, data: z.ZodType<T>): Probe<Answered<T>> {
  return answered(http({ system: 'prometheus', url, path, maxBodyBytes: 8 * 1024 * 1024 }), kind, (answer) =>
    unwrapped(answer, data),
  )
}

/** Prometheus wraps every answer, errors (with a status of 400 or 422) too. */
function unwrapped<T>(answer: HttpAnswer, data: z.ZodType<T>): Answered<T> {
  const failure = z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }).safeParse(answer.json)
  if (failure.success) return { ok: false, problem: `answered ${failure.data.errorType}: ${failure.data.error}` }
  const envelope = jsonBody(answer, z.object({ status: z.literal('success'), data }))
  return envelope.ok ? { ok: true, value: envelope.value.data as T } : envelope
}
