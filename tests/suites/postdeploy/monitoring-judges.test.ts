import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { recorded } from '../../probes/support/replay.ts'
import { follow, judge, testTarget } from '../../support/judging.ts'
import { importPostdeploy } from './support.ts'

beforeAll(importPostdeploy)

const ok = <T>(value: T) => ({ ok: true, value }) as const
const NOTHING = { ok: false, problem: 'answered 200 in vain' } as const
const rulesText = readFileSync('fixtures/monitoring/rules/critical-alerts.yml', 'utf8')
const configText = readFileSync('fixtures/monitoring/prometheus.yml', 'utf8')
const textFile = (path: string, text: string) => ({ path, exists: true, text, truncated: false })
const host = (text = rulesText) => ({ files: [textFile('/rules/critical-alerts.yml', text)] })
const configFile = (text = configText) => textFile('/opt/monitoring/prometheus/prometheus.yml', text)

interface Case {
  readonly good: unknown
  readonly bad: readonly (readonly [what: string, answers: unknown])[]
}

const now = Date.now()
const clock = ok({ time: now, offsetMs: 10, uncertaintyMs: 5 })
const JOBS = Object.keys(testTarget().spec.monitoring.jobs)
const scraped = (job: string, changes = {}) => ({
  labels: { job, instance: `${job}:1` },
  scrapeUrl: `http://${job}:1/metrics`,
  health: 'up',
  lastError: '',
  lastScrape: new Date(now - 5_000).toISOString(),
  lastScrapeDuration: 0.01,
  ...changes,
})
const all = JOBS.map((job) => scraped(job))
const down = JOBS.map((job) => scraped(job, { health: 'down', lastError: 'connection refused' }))
const loaded = ['ServiceDown', 'DatabaseDown', 'HighErrorRate', 'ResponseTimeHigh'].map((name) => ({
  name,
  query: 'up == 0',
  type: 'alerting',
  health: 'ok',
  lastError: '',
}))
const vector = (...values: string[]) =>
  ok({ resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) })
const runtime = { reloadConfigSuccess: true, lastConfigTime: '', corruptionCount: 0, storageRetention: '15d' }
const exposition = (failures: number) => ({
  samples: [
    { name: 'prometheus_rule_evaluation_failures_total', labels: {}, value: failures },
    { name: 'prometheus_tsdb_wal_corruptions_total', labels: {}, value: 0 },
  ],
  types: new Map(),
})
const exported = (...names: string[]) => ok({ samples: names.map((name) => ({ name, labels: {}, value: 0 })), types: new Map() })
const HOOK_METRICS = ['hook_events_basic_total', 'hook_processing_basic_seconds_bucket', 'kafka_publish_basic_errors_total']
const status = (text: string) => ok({ config: { original: text }, uptime: '', versionInfo: {}, cluster: {} })
const alertmanagerText = readFileSync('fixtures/monitoring/alertmanager.yml', 'utf8')
const RECEIVERS = ['infrastructure-on-call', 'development-on-call', 'platform-team', 'development-team']
const silence = (changes = {}) => ({
  id: 's1',
  status: { state: 'active' },
  createdBy: 'anna',
  comment: 'maintenance',
  startsAt: '2026-01-01T00:00:00Z',
  endsAt: '2026-01-01T02:00:00Z',
  matchers: [{ name: 'alertname', value: 'ServiceDown', isRegex: false, isEqual: true }],
  ...changes,
})
const log = (...texts: string[]) => [
  { service: 'hook-receiver', lines: texts.map((text, index) => ({ at: index * 1_000, text })) },
]
const INFO = '{"level":"INFO","message":"ok"}'
const ERROR = '{"level":"ERROR","message":"no"}'

const CASES: Readonly<Record<string, Case>> = {
  'POST-40': {
    good: { status: 200, body: 'Ready' },
    bad: [['it replays its log', { status: 503, body: 'Service Unavailable' }]],
  },
  'POST-41': {
    good: ok(all),
    bad: [
      ['there are no targets', ok([])],
      ['one job is missing', ok(all.slice(1))],
      ['a job is not expected', ok([...all, scraped('left-over')])],
      ['it is no answer', NOTHING],
    ],
  },
  'POST-42': {
    good: ok(all),
    bad: [
      ['every target is down', ok(down)],
      ['one target was never scraped', ok([...all, scraped('new', { health: 'unknown' })])],
      ['there are no targets', ok([])],
      ['it is no answer', NOTHING],
    ],
  },
  'POST-43': {
    good: { targets: ok(all), clock },
    bad: [
      ['a scrape is old', { targets: ok([scraped('a', { lastScrape: new Date(now - 60_000).toISOString() })]), clock }],
      ['there was no scrape', { targets: ok([scraped('a', { lastScrape: '0001-01-01T00:00:00Z' })]), clock }],
      ['a scrape takes too long', { targets: ok([scraped('a', { lastScrapeDuration: 10 })]), clock }],
      ['a scrape has an error', { targets: ok([scraped('a', { lastError: 'EOF' })]), clock }],
      ['there are no targets', { targets: ok([]), clock }],
      ['the clock is unknown', { targets: ok(all), clock: NOTHING }],
    ],
  },
  'POST-44': {
    good: { loaded: ok(loaded), files: host() },
    bad: [
      ['nothing is loaded', { loaded: ok([]), files: host() }],
      ['one is not loaded', { loaded: ok(loaded.slice(1)), files: host() }],
      ['one has an error', { loaded: ok(loaded.map((rule) => ({ ...rule, health: 'err', lastError: 'bad' }))), files: host() }],
      ['there are none on either side', { loaded: ok([]), files: { files: [] } }],
      ['the host has no rules', { loaded: ok(loaded), files: host('groups: 7') }],
    ],
  },
  'POST-45': {
    good: { postgres: vector('1'), redis: vector('1'), kafka: vector('3') },
    bad: [
      ['an exporter does not reach its system', { postgres: vector('0'), redis: vector('1'), kafka: vector('3') }],
      ['a series is missing', { postgres: vector(), redis: vector('1'), kafka: vector('3') }],
      ['it is no answer', { postgres: NOTHING }],
      ['nothing was asked', {}],
    ],
  },
  'POST-46': {
    good: { loaded: ok(configText), runtime: ok(runtime), file: configFile() },
    bad: [
      [
        'the file was edited',
        { loaded: ok(configText), runtime: ok(runtime), file: configFile(configText.replaceAll('15s', '30s')) },
      ],
      [
        'the reload failed',
        { loaded: ok(configText), runtime: ok({ ...runtime, reloadConfigSuccess: false }), file: configFile() },
      ],
      ['there is no file', { loaded: ok(configText), runtime: ok(runtime), file: { ...configFile(), exists: false } }],
      ['neither can be read', { loaded: ok('{'), runtime: ok(runtime), file: configFile('{') }],
    ],
  },
  'POST-47': {
    good: configFile(),
    bad: [
      ['there is no file', { ...configFile(''), exists: false }],
      ['it is empty', configFile('')],
      ['it is no YAML', configFile('{')],
    ],
  },
  'POST-48': {
    good: host(),
    bad: [
      ['a rule names another job', host(rulesText.replaceAll('job="postgres"', 'job="postgresql"'))],
      ['there are no rules', { files: [] }],
    ],
  },
  'POST-50': {
    good: ok([{ labels: { alertname: 'ServiceDown' }, state: 'pending', activeAt: '' }]),
    bad: [
      ['an alert fires', ok([{ labels: { alertname: 'ServiceDown', job: 'a' }, state: 'firing', activeAt: '' }])],
      ['it is no answer', NOTHING],
    ],
  },
  'POST-51': {
    good: ok(exposition(0)),
    bad: [
      ['a rule failed', ok(exposition(1))],
      ['a counter is not there', ok({ samples: [], types: new Map() })],
      ['it is no answer', NOTHING],
    ],
  },
  'POST-52': {
    good: clock,
    bad: [
      ['it is ahead', ok({ time: now, offsetMs: 2_500, uncertaintyMs: 5 })],
      ['it is behind', ok({ time: now, offsetMs: -2_500, uncertaintyMs: 5 })],
      ['it is no answer', NOTHING],
    ],
  },
  'POST-53': {
    good: ok({ ...runtime, storageRetention: '30d or 50GiB' }),
    bad: [
      ['it is short', ok({ ...runtime, storageRetention: '12h' })],
      ['only a size is given', ok({ ...runtime, storageRetention: '50GiB' })],
      ['it is no answer', NOTHING],
    ],
  },
  'POST-54': {
    good: host(),
    bad: [
      ['an expression is broken', host(rulesText.replace('absent(up', 'absent((up'))],
      ['a file is no YAML', host('groups: [')],
      ['there are no rules', { files: [] }],
    ],
  },
  'POST-55': {
    good: host(),
    bad: [
      ['an alert is missing', host(rulesText.replace('alert: DatabaseDown', 'alert: Other'))],
      ['one waits too long', host(rulesText.replace('for: 30s', 'for: 5m'))],
      ['a team is another', host(rulesText.replace('team: development', 'team: marketing'))],
      ['one is there twice', { files: [...host().files, textFile('/rules/copy.yml', rulesText)] }],
      ['there are no rules', { files: [] }],
    ],
  },
  'POST-56': {
    good: host(),
    bad: [
      ['an address is not https', host(rulesText.replaceAll('https://', 'http://'))],
      ['a summary is missing', host(rulesText.replaceAll('summary:', 'title:'))],
      ['there are no rules', { files: [] }],
    ],
  },
  'POST-57': {
    good: { rules: host(), exported: exported(...HOOK_METRICS) },
    bad: [
      ['a metric is not exported', { rules: host(), exported: exported(...HOOK_METRICS.slice(1)) }],
      [
        'a metric never existed',
        { rules: host(rulesText.replaceAll('hook_events_basic', 'http_requests')), exported: exported(...HOOK_METRICS) },
      ],
      ['there are no rules', { rules: { files: [] }, exported: exported(...HOOK_METRICS) }],
      ['the service exports nothing', { rules: host(), exported: NOTHING }],
    ],
  },
  'POST-58': {
    good: host(),
    bad: [
      ['a ratio is 1', host(rulesText.replace('pg_up{job="postgres"} == 0', 'up{job="postgres"} / up > 0'))],
      ['there are no rules', { files: [] }],
    ],
  },
  'POST-59': {
    good: { exitCode: 0, output: 'SUCCESS' },
    bad: [['a test fails', { exitCode: 1, output: 'FAILED: alertname: ServiceDown' }]],
  },
  'POST-61': { good: { status: 200, body: 'OK' }, bad: [['it is not ready', { status: 503, body: '' }]] },
  'POST-62': {
    good: ok({ activeAlertmanagers: [{ url: 'http://a/api/v2/alerts' }], droppedAlertmanagers: [] }),
    bad: [
      ['there is none', ok({ activeAlertmanagers: [], droppedAlertmanagers: [] })],
      ['one was dropped', ok({ activeAlertmanagers: [{ url: 'a' }], droppedAlertmanagers: [{ url: 'b' }] })],
      ['it is no answer', NOTHING],
    ],
  },
  'POST-63': {
    good: { status: status(alertmanagerText), known: ok(RECEIVERS) },
    bad: [
      ['a receiver is gone', { status: status(alertmanagerText), known: ok(RECEIVERS.slice(1)) }],
      ['receivers tell nobody', { status: status('route: { receiver: a }\nreceivers: [{ name: a }]'), known: ok(['a']) }],
      ['there is no route', { status: status('receivers: []'), known: ok([]) }],
      ['it is no answer', { status: NOTHING, known: ok(RECEIVERS) }],
    ],
  },
  'POST-64': {
    good: ok([silence(), silence({ status: { state: 'expired' }, createdBy: '' })]),
    bad: [
      ['one has no owner', ok([silence({ createdBy: ' ' })])],
      ['one has no reason', ok([silence({ comment: '' })])],
      ['one lasts for ever', ok([silence({ endsAt: '2099-01-01T00:00:00Z' })])],
      ['it is no answer', NOTHING],
    ],
  },
  'POST-66': {
    good: ok({ database: 'ok', version: '10' }),
    bad: [
      ['its database fails', ok({ database: 'failing', version: '10' })],
      ['it is no answer', NOTHING],
    ],
  },
  'POST-68': {
    good: { status: 401 },
    bad: [
      ['the password works', { status: 200 }],
      ['it is an error', { status: 500 }],
    ],
  },
  'POST-69': {
    good: log(INFO, ERROR),
    bad: [
      ['a line is plain', log(INFO, 'Traceback (most recent call last):')],
      ['a service is silent', log()],
      ['there are no services', []],
    ],
  },
  'POST-70': {
    good: log(INFO, ...Array<string>(9).fill(ERROR)),
    bad: [
      ['there is a burst', log(...Array<string>(10).fill(ERROR))],
      ['a service is silent', log()],
    ],
  },
}

describe.each(Object.entries(CASES))('%s', (id, { good, bad }) => {
  it('passes what is as it should be', async () => {
    await judge(id, good)
  })

  it.each(bad)('fails where %s', async (_, answers) => {
    await expect(judge(id, answers)).rejects.toMatchObject({ name: 'AssertionError' })
  })
})

describe('POST-52', () => {
  it('is unobserved where the answer takes too long to tell', async () => {
    await expect(judge('POST-52', ok({ time: now, offsetMs: 0, uncertaintyMs: 1_500 }))).rejects.toMatchObject({
      name: 'Unobserved',
    })
  })
})

describe('POST-47', () => {
  it('is unobserved where the collector cut the file', async () => {
    await expect(judge('POST-47', { ...configFile(), truncated: true })).rejects.toMatchObject({ name: 'Unobserved' })
  })
})

describe('POST-49', () => {
  const answer =
    (live: readonly string[]) =>
    ({ operation }: { readonly operation: string }) =>
      operation.includes('rules') && !operation.includes('query') ? ok(loaded) : ok(live)

  it('passes where every metric has series, and fails where one has none or there are no rules', async () => {
    await follow('POST-49', answer(['up']))
    await expect(follow('POST-49', answer([]))).rejects.toMatchObject({ name: 'AssertionError' })
    await expect(follow('POST-49', () => ok([]))).rejects.toMatchObject({ name: 'AssertionError' })
    await expect(follow('POST-49', () => NOTHING)).rejects.toMatchObject({ name: 'AssertionError' })
  })
})

describe('POST-67', () => {
  const sources: unknown = JSON.parse(recorded('grafana/datasources.json'))
  const answer =
    (query: unknown) =>
    ({ operation }: { readonly operation: string }) =>
      operation.includes('proxy') ? query : ok(sources)
  const series = { status: 200, body: '', json: { status: 'success', data: { result: [{ metric: {}, value: [1, '1'] }] } } }

  it('passes where the datasource answers with data', async () => {
    await follow('POST-67', answer(series))
  })

  it.each([
    ['it cannot be reached', { status: 502, body: recorded('grafana/bad-gateway.json'), json: {} }],
    ['it has no series', { ...series, json: { status: 'success', data: { result: [] } } }],
    ['it answers a page', { status: 200, body: '<html>', json: undefined }],
  ])('fails where %s', async (_, query) => {
    await expect(follow('POST-67', answer(query))).rejects.toMatchObject({ name: 'AssertionError' })
  })

  it('fails where there is no such datasource', async () => {
    await expect(follow('POST-67', () => ok([]))).rejects.toMatchObject({ name: 'AssertionError' })
  })
})
