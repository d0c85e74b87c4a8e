import { check } from '../../src/check.ts'
import { promised } from '../../src/probe.ts'
import { parseRules } from '../../src/probes/alert-rules.ts'
import { metrics, sumOf } from '../../src/probes/exposition.ts'
import { hostFact } from '../../src/probes/host.ts'
import {
  activeAlerts,
  instantQuery,
  loadedConfig,
  loadedRules,
  prometheusReady,
  prometheusRuntime,
  scrapeTargets,
} from '../../src/probes/prometheus.ts'
import { prometheusNow } from '../../src/probes/prometheus-clock.ts'
import { promisedValue } from '../support/answers.ts'
import { secondsOf } from '../support/duration.ts'
import { configProblems } from '../support/expected-config.ts'
import { fileText } from '../support/host-file.ts'
import { parsePrometheusConfig, withRuleFilesAsWritten } from '../support/prometheus-config.ts'
import { scrapeProblem } from '../support/scrape.ts'

check(
  'POST-40',
  'Prometheus is ready: it serves queries.',
  (target) => promised(prometheusReady(target.part('prometheus').url)),
  ({ status, body }, { expect }) => expect(status, `status of /-/ready, which says ${body.trim()}`).toBe(200),
)

check(
  'POST-41',
  'Every expected job has at least one target, and there is no job that nobody expects.',
  (target) => scrapeTargets(target.part('prometheus').url),
  (answer, { target, expect }) => {
    const jobs = new Set(promisedValue(answer, 'scrape targets', expect).map(({ labels }) => labels.job))
    const own = ['prometheus', 'alertmanager', 'grafana']
    const expected = Object.keys(target.spec.monitoring.jobs)
    const problems = [
      ...expected.filter((job) => !jobs.has(job)).map((job) => `${job} has no target`),
      ...[...jobs].filter((job) => ![...expected, ...own].includes(job)).map((job) => `${job} is scraped and not expected`),
    ]
    expect(problems, 'jobs without target or without purpose').toEqual([])
  },
)

check(
  'POST-42',
  'Every target that Prometheus scrapes is up.',
  (target) => scrapeTargets(target.part('prometheus').url),
  (answer, { expect }) => {
    const targets = promisedValue(answer, 'scrape targets', expect)
    const down = targets
      .filter(({ health }) => health !== 'up')
      .map(
        ({ labels, scrapeUrl, health, lastError }) =>
          `${labels.job} at ${scrapeUrl} is ${health}: ${lastError || 'no error told'}`,
      )
    expect(targets, 'targets that Prometheus scrapes').not.toEqual([])
    expect(down, 'targets that are not up').toEqual([])
  },
)

check(
  'POST-43',
  'Every target was scraped within the last two intervals, without error, and in less than the scrape time-out.',
  (target) => {
    const { url } = target.part('prometheus')
    return { targets: scrapeTargets(url), clock: prometheusNow(url) }
  },
  ({ targets, clock }, { target, expect }) => {
    const list = promisedValue(targets, 'scrape targets', expect)
    const at = promisedValue(clock, "Prometheus's clock", expect).time
    const problems = list.flatMap((entry) => scrapeProblem(entry, at, target.spec.monitoring))
    expect(list, 'targets that Prometheus scrapes').not.toEqual([])
    expect(problems, 'scrapes that are old, slow or failing').toEqual([])
  },
)

check(
  'POST-45',
  'Every exporter reaches the system that it tells of: its own up metric exists and is not 0.',
  (target) => {
    const { url } = target.part('prometheus')
    return Object.fromEntries(
      Object.entries(target.spec.monitoring.up).map(([job, metric]) => [job, instantQuery(url, `${metric}{job="${job}"}`)]),
    )
  },
  (answers, { target, expect }) => {
    const problems = Object.entries(answers).flatMap(([job, answer]) => {
      const { result } = promisedValue(answer, `query for ${target.spec.monitoring.up[job]}`, expect)
      const values = result.flatMap((entry) => (typeof entry === 'object' && 'value' in entry ? [Number(entry.value[1])] : []))
      if (values.length === 0) return [`${job}: no series ${target.spec.monitoring.up[job]}`]
      return values.every((value) => value > 0) ? [] : [`${job}: ${target.spec.monitoring.up[job]} is ${values.join(', ')}`]
    })
    expect(Object.keys(answers), 'exporters that were asked for').not.toEqual([])
    expect(problems, 'exporters that do not reach their system').toEqual([])
  },
)

check(
  'POST-46',
  'The configuration that Prometheus has loaded is the one on the host, and its last reload succeeded.',
  (target) => {
    const { url } = target.part('prometheus')
    return {
      loaded: loadedConfig(url),
      runtime: prometheusRuntime(url),
      file: hostFact(target, 'services', 'prometheusConfig'),
    }
  },
  ({ loaded, runtime, file }, judging) => {
    const { expect } = judging
    const inForce = parsePrometheusConfig(promisedValue(loaded, 'loaded configuration', expect))
    const written = parsePrometheusConfig(fileText(file, judging))
    expect(promisedValue(runtime, 'runtime information', expect).reloadConfigSuccess, 'success of the last reload').toBe(true)
    expect(typeof written === 'string' ? written : '', `what is wrong with ${file.path}`).toBe('')
    const loadedAsWritten =
      typeof inForce === 'string' || typeof written === 'string' ? inForce : withRuleFilesAsWritten(inForce, written)
    expect(loadedAsWritten, 'loaded configuration, compared with the file').toEqual(written)
  },
)

check(
  'POST-47',
  'The Prometheus configuration on the host names every expected job with its metrics path, the intervals and time-outs, the external labels, rule files and an Alertmanager.',
  (target) => promised(hostFact(target, 'services', 'prometheusConfig')),
  (file, judging) => {
    const config = parsePrometheusConfig(fileText(file, judging))
    const problems = typeof config === 'string' ? [config] : configProblems(config, judging.target.spec.monitoring)
    judging.expect(problems, `what is wrong with ${file.path}`).toEqual([])
  },
)

check(
  'POST-50',
  'No alert is firing but those that the target expects to fire.',
  (target) => activeAlerts(target.part('prometheus').url),
  (answer, { target, expect }) => {
    const firing = promisedValue(answer, 'active alerts', expect)
      .filter(({ state, labels }) => state === 'firing' && !target.spec.monitoring.mayFire.includes(labels.alertname ?? ''))
      .map(({ labels, activeAt }) => `${labels.alertname} (${labels.job ?? 'no job'}) since ${activeAt}`)
    expect(firing, 'alerts that are firing').toEqual([])
  },
)

check(
  'POST-51',
  'Prometheus counts no failed rule evaluation and no corruption of its write-ahead log since it started.',
  (target) => metrics({ system: 'prometheus', url: target.part('prometheus').url, path: '/metrics' }),
  (answer, { expect }) => {
    const exposition = promisedValue(answer, "Prometheus's own metrics", expect)
    const counters = ['prometheus_rule_evaluation_failures_total', 'prometheus_tsdb_wal_corruptions_total']
    const counted = Object.fromEntries(
      counters.map((name) => [
        name,
        exposition.samples.some((sample) => sample.name === name) ? sumOf(exposition, name) : 'absent',
      ]),
    )
    expect(counted, "Prometheus's counters of its own mishaps").toEqual(Object.fromEntries(counters.map((name) => [name, 0])))
  },
)

check(
  'POST-52',
  "Prometheus's clock is less than 2 s from the observer's.",
  (target) => prometheusNow(target.part('prometheus').url),
  (answer, { expect, atMost, measure, unobserved }) => {
    const { offsetMs, uncertaintyMs } = promisedValue(answer, "Prometheus's clock", expect)
    const limit = atMost('prometheus.clockSkew', 2_000, 'ms')
    measure({ name: 'prometheus.clockSkew', unit: 'ms', value: Math.abs(offsetMs), limit, sampleCount: 1, series: [] })
    if (uncertaintyMs > limit / 2)
      return unobserved({
        id: 'observer:slow',
        text: `the answer took ${(2 * uncertaintyMs).toFixed(0)} ms, too long to tell clocks apart by ${limit} ms; look from nearer`,
      })
    expect(Math.abs(offsetMs), 'milliseconds between the two clocks').toBeLessThan(limit)
  },
)

check(
  'POST-53',
  'Prometheus keeps its samples for at least 15 days.',
  (target) => prometheusRuntime(target.part('prometheus').url),
  (answer, { expect, atLeast }) => {
    const { storageRetention } = promisedValue(answer, 'runtime information', expect)
    const time = storageRetention
      .split(' or ')
      .map(secondsOf)
      .find((seconds) => !Number.isNaN(seconds))
    expect(Math.floor((time ?? 0) / 86_400), `days of ${storageRetention}`).toBeGreaterThanOrEqual(
      atLeast('prometheus.retention', 15, 'days'),
    )
  },
)

check(
  'POST-44',
  'Prometheus evaluates every rule that lies on the host, each without error.',
  (target) => ({
    loaded: loadedRules(target.part('prometheus').url),
    files: hostFact(target, 'services', 'prometheusRules'),
  }),
  ({ loaded, files }, { expect }) => {
    const inForce = promisedValue(loaded, 'loaded rules', expect)
    const { rules, problems } = parseRules(files.files)
    const names = rules.map(({ alert, record }) => alert ?? record ?? '')
    const broken = inForce
      .filter(({ health }) => health !== 'ok')
      .map(({ name, health, lastError }) => `${name} is ${health}: ${lastError || 'not evaluated yet'}`)
    expect(problems, 'files on the host that hold no rules').toEqual([])
    expect(names, 'rules on the host').not.toEqual([])
    expect(inForce.map(({ name }) => name).sort(), 'rules that Prometheus evaluates, compared with the host').toEqual(
      names.sort(),
    )
    expect(broken, 'rules that are not evaluated without error').toEqual([])
  },
)
