import { chain, check } from '../../src/check.ts'
import { promised } from '../../src/probe.ts'
import { parseRules } from '../../src/probes/alert-rules.ts'
import { exportedNames, metrics } from '../../src/probes/exposition.ts'
import { hostFact } from '../../src/probes/host.ts'
import { liveSeries, loadedRules } from '../../src/probes/prometheus.ts'
import { promtoolTest } from '../../src/probes/promtool.ts'
import type { Target } from '../../src/targets/target.ts'
import { alertProblems, annotationProblems } from '../support/alerts.ts'
import { promisedValue } from '../support/answers.ts'
import { serviceRequest } from '../support/endpoint.ts'
import { alertTests } from '../support/monitoring-fixtures.ts'
import { analyse } from '../support/promql.ts'

const rulesOnHost = (target: Target) => hostFact(target, 'services', 'prometheusRules')

check(
  'POST-54',
  'The rule files on the host can be read as Prometheus reads them, and every expression in them keeps the grammar of PromQL.',
  (target) => promised(rulesOnHost(target)),
  async ({ files }, { expect }) => {
    const { rules, problems: unreadable } = parseRules(files)
    const problems = [...unreadable]
    for (const { alert, record, expr } of rules) {
      const { problems: mistakes } = await analyse(expr)
      problems.push(...mistakes.map((mistake) => `${alert ?? record}: ${mistake}`))
    }
    expect(rules, 'rules on the host').not.toEqual([])
    expect(problems, 'what cannot be read').toEqual([])
  },
)

check(
  'POST-55',
  'Every alert that the runbook asks for exists once, with its severity, its team, and the time that it waits before it fires.',
  rulesOnHost,
  ({ files }, { target, expect }) => {
    const expected = target.spec.monitoring.alerts
    expect(Object.keys(expected), 'alerts that the target expects').not.toEqual([])
    expect(alertProblems(parseRules(files).rules, expected), 'alerts that are missing or different').toEqual([])
  },
)

check(
  'POST-56',
  'Every alert carries a summary, a description, and the https address of its own runbook page.',
  rulesOnHost,
  ({ files }, { expect }) => {
    const alerts = parseRules(files).rules.filter(({ alert }) => alert !== undefined)
    expect(alerts, 'alerts on the host').not.toEqual([])
    expect(alerts.flatMap(annotationProblems), 'annotations that are missing').toEqual([])
  },
)

check(
  'POST-57',
  'Every metric that a rule names is exported: by hook-receiver, by Prometheus itself, or by one of the expected exporters.',
  (target) => ({
    rules: rulesOnHost(target),
    exported: metrics({ ...serviceRequest(target.service('hook-receiver')), path: '/metrics' }),
  }),
  async ({ rules, exported }, { target, expect }) => {
    const names = exportedNames(promisedValue(exported, 'what hook-receiver exports', expect))
    const known = new Set([...names, 'up', 'ALERTS', ...Object.values(target.spec.monitoring.up)])
    const { selectors, unknown } = await namedBy(rules.files, ({ metric }) => known.has(metric))
    expect(selectors, 'metrics that rules name').toBeGreaterThan(0)
    expect(unknown, 'metrics that nothing exports, so that their alert can never fire').toEqual([])
  },
)

check('POST-48', 'Every job that a rule names is a job that is scraped.', rulesOnHost, async ({ files }, { target, expect }) => {
  const jobs = Object.keys(target.spec.monitoring.jobs)
  const { selectors, unknown } = await namedBy(files, ({ matchers }) => jobsOf(matchers.job).every((job) => jobs.includes(job)))
  expect(selectors, 'metrics that rules name').toBeGreaterThan(0)
  expect(unknown, 'rules on jobs that nobody scrapes').toEqual([])
})

check(
  'POST-58',
  'No rule divides a series by itself: both sides of a ratio are summed to the same labels first.',
  rulesOnHost,
  async ({ files }, { expect }) => {
    const { rules } = parseRules(files)
    const problems: string[] = []
    for (const { alert, record, expr } of rules)
      problems.push(...(await analyse(expr)).selfDivisions.map((division) => `${alert ?? record}: ${division}`))
    expect(rules, 'rules on the host').not.toEqual([])
    expect(problems, 'ratios that are 1 whatever happens').toEqual([])
  },
)

check(
  'POST-59',
  'The alert rules on the host pass their unit tests: each fires when it should, stays silent when it should, and recovers.',
  (target) => promtoolTest({ rules: rulesOnHost(target), tests: alertTests() }),
  ({ exitCode, output }, { expect }) => expect(exitCode, `exit code of promtool, which says:\n${output}`).toBe(0),
)

/** How many scrapes a new series may take to show. */
const SCRAPES = 2

chain(
  'POST-49',
  'Every metric that a loaded rule names has series in Prometheus now.',
  (target) => {
    const { url } = target.part('prometheus')
    return { rules: loadedRules(url), series: liveSeries(url) }
  },
  async ({ rules, series }, { observe, until, expect, target }) => {
    const loaded = promisedValue(await observe(rules), 'loaded rules', expect)
    const analysed = await Promise.all(loaded.map(({ query }) => analyse(query)))
    const named = [...new Set(analysed.flatMap(({ selectors }) => selectors.map(({ metric }) => metric)))].filter(Boolean)
    expect(named, 'metrics that rules name').not.toEqual([])
    // A counter with labels has its first series once something was counted and scraped: right after a deploy, nothing was.
    const answer = await until(
      series.with(named),
      (now) => now.ok && named.every((metric) => now.value.includes(metric)),
      SCRAPES * target.spec.monitoring.scrapeInterval * 1_000,
    )
    const live = promisedValue(answer, 'series of these metrics', expect)
    const dead = named.filter((metric) => !live.includes(metric))
    expect(dead, 'metrics without any series, so that their alert cannot fire').toEqual([])
  },
)

interface Named {
  /** How many metrics the rules name in all. */
  readonly selectors: number
  /** Those that are not known, with their rule. */
  readonly unknown: readonly string[]
}

type Selectors = Awaited<ReturnType<typeof analyse>>['selectors']

/** The metrics that rules name, those picked out that are not known. */
async function namedBy(
  files: Parameters<typeof parseRules>[0],
  isKnown: (selector: Selectors[number]) => boolean,
): Promise<Named> {
  let count = 0
  const unknown: string[] = []
  for (const { alert, record, expr } of parseRules(files).rules) {
    const { selectors } = await analyse(expr)
    count += selectors.length
    for (const { metric, matchers } of selectors.filter((selector) => !isKnown(selector)))
      unknown.push(`${alert ?? record}: ${metric}${matchers.job === undefined ? '' : `{job${matchers.job}}`}`)
  }
  return { selectors: count, unknown }
}

/** The jobs that a matcher such as `=~"a|b"` means; none where it excludes or has wildcards. */
function jobsOf(matcher: string | undefined): string[] {
  const wanted = /^=~?\s*"([\w|-]+)"$/.exec(matcher ?? '')?.[1]
  return wanted === undefined ? [] : wanted.split('|')
}
