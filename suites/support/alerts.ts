import type { Rule } from '../../src/probes/alert-rules.ts'
import type { MonitoringSpec } from '../../src/targets/schema.ts'
import { secondsOf } from './duration.ts'

/** How the alerts on a host differ from the expected ones. */
export function alertProblems(rules: readonly Rule[], expected: MonitoringSpec['alerts']): string[] {
  return Object.entries(expected).flatMap(([name, wanted]) => {
    const [rule, double] = rules.filter(({ alert }) => alert === name)
    if (rule === undefined) return [`${name} is missing`]
    if (double !== undefined) return [`${name} is defined in ${rule.file} and in ${double.file}`]
    const actual = { for: secondsOf(rule.for), severity: rule.labels.severity, team: rule.labels.team }
    return (['for', 'severity', 'team'] as const)
      .filter((key) => actual[key] !== wanted[key])
      .map((key) => `${name}: ${key} is ${actual[key] ?? 'absent'} and not ${wanted[key]}`)
  })
}

/** What an alert does not tell to whoever is woken by it. */
export function annotationProblems({ alert, annotations: { summary, description, runbook_url } }: Rule): string[] {
  return [
    ...(summary?.trim() ? [] : [`${alert} has no summary`]),
    ...(description?.trim() ? [] : [`${alert} has no description`]),
    ...(URL.parse(runbook_url ?? '')?.protocol === 'https:' ? [] : [`${alert} has no https runbook_url`]),
  ]
}
