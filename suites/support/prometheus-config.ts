import { parse } from 'yaml'
import { z } from 'zod'
import { secondsOf } from './duration.ts'

const duration = z.string().transform(secondsOf)
const staticTargets = z.object({ targets: z.array(z.string()) })

const configSchema = z.object({
  global: z
    .object({
      scrape_interval: duration.optional(),
      scrape_timeout: duration.optional(),
      evaluation_interval: duration.optional(),
      external_labels: z.record(z.string(), z.coerce.string()).default({}),
    })
    .prefault({}),
  rule_files: z.array(z.string()).default([]),
  alerting: z
    .object({ alertmanagers: z.array(z.object({ static_configs: z.array(staticTargets).default([]) })).default([]) })
    .prefault({}),
  scrape_configs: z
    .array(
      z.object({
        job_name: z.string(),
        scrape_interval: duration.optional(),
        scrape_timeout: duration.optional(),
        metrics_path: z.string().default('/metrics'),
        scheme: z.string().default('http'),
        static_configs: z.array(staticTargets).default([]),
      }),
    )
    .default([]),
})

/** A job, with every default written out; times in seconds. */
export interface ScrapeJob {
  readonly interval: number
  readonly timeout: number
  readonly path: string
  readonly scheme: string
  readonly targets: readonly string[]
}

/** What a prometheus.yml means, so that one as written and one as loaded can be compared; times in seconds. */
export interface PrometheusConfig {
  readonly evaluationInterval: number
  readonly externalLabels: Readonly<Record<string, string>>
  readonly ruleFiles: readonly string[]
  readonly alertmanagers: readonly string[]
  readonly jobs: Readonly<Record<string, ScrapeJob>>
}

/** Prometheus's own defaults, in seconds: https://prometheus.io/docs/prometheus/latest/configuration/configuration/ */
const DEFAULTS = { interval: 60, timeout: 10, evaluation: 60 }

/** The meaning of a configuration, or in words what is wrong with it. */
export function parsePrometheusConfig(text: string): PrometheusConfig | string {
  let yaml: unknown
  try {
    yaml = parse(text)
  } catch (error) {
    return `no YAML: ${error instanceof Error ? error.message : String(error)}`
  }
  const parsed = configSchema.safeParse(yaml ?? {})
  if (!parsed.success) return z.prettifyError(parsed.error)
  const { global, rule_files, alerting, scrape_configs } = parsed.data
  const interval = global.scrape_interval ?? DEFAULTS.interval
  const timeout = global.scrape_timeout ?? DEFAULTS.timeout
  return {
    evaluationInterval: global.evaluation_interval ?? DEFAULTS.evaluation,
    externalLabels: global.external_labels,
    ruleFiles: rule_files,
    alertmanagers: alerting.alertmanagers.flatMap(({ static_configs }) => static_configs.flatMap(({ targets }) => targets)),
    jobs: Object.fromEntries(
      scrape_configs.map((job) => {
        const own = job.scrape_interval ?? interval
        // Prometheus lowers a default time-out to an interval that is shorter.
        const wait = job.scrape_timeout ?? Math.min(timeout, own)
        const targets = job.static_configs.flatMap((list) => list.targets).sort()
        return [job.job_name, { interval: own, timeout: wait, path: job.metrics_path, scheme: job.scheme, targets }]
      }),
    ),
  }
}

/** Prometheus tells rule files by their whole path, which a file may write relative to itself: those that mean the same are made the same. */
export function withRuleFilesAsWritten(loaded: PrometheusConfig, written: PrometheusConfig): PrometheusConfig {
  const ruleFiles = loaded.ruleFiles.map((file) => {
    const same = written.ruleFiles.find((name) => file === name || file.endsWith(`/${name.replace(/^\.\//, '')}`))
    return same ?? file
  })
  return { ...loaded, ruleFiles }
}
