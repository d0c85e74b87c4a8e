import type { MonitoringSpec } from '../../src/targets/schema.ts'
import type { PrometheusConfig } from './prometheus-config.ts'

/** Every way in which a Prometheus configuration differs from what the target expects. */
export function configProblems(config: PrometheusConfig, expected: MonitoringSpec): string[] {
  return [
    ...globalProblems(config, expected),
    ...Object.entries(expected.jobs).flatMap(([job, path]) => jobProblems(config, expected, job, path)),
  ]
}

function globalProblems(config: PrometheusConfig, { evaluationInterval, externalLabels }: MonitoringSpec): string[] {
  const labels = Object.entries(externalLabels)
    .filter(([label, value]) => config.externalLabels[label] !== value)
    .map(([label, value]) => `external label ${label} is ${config.externalLabels[label] ?? 'absent'} and not ${value}`)
  return [
    ...(config.evaluationInterval === evaluationInterval
      ? []
      : [`rules are evaluated every ${config.evaluationInterval} s and not every ${evaluationInterval} s`]),
    ...labels,
    ...(config.ruleFiles.length > 0 ? [] : ['no rule files are named']),
    ...(config.alertmanagers.length > 0 ? [] : ['no Alertmanager is named']),
  ]
}

function jobProblems({ jobs }: PrometheusConfig, expected: MonitoringSpec, name: string, path: string): string[] {
  const job = jobs[name]
  if (job === undefined) return [`job ${name} is missing`]
  const wanted = [
    ['interval', job.interval, expected.scrapeInterval],
    ['time-out', job.timeout, expected.scrapeTimeout],
    ['metrics path', job.path, path],
  ] as const
  return wanted
    .filter(([, actual, value]) => actual !== value)
    .map(([what, actual, value]) => `job ${name}: ${what} is ${actual} and not ${value}`)
    .concat(job.timeout > job.interval ? [`job ${name}: its time-out is longer than its interval`] : [])
}
