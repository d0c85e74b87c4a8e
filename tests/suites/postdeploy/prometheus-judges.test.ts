import { beforeAll, describe, expect, it } from 'vitest'
import { follow, judge, testTarget } from '../../support/judging.ts'
import { configText, host, judgeCases, loaded, NOTHING, ok, textFile } from './judge-cases.ts'
import { importPostdeploy } from './support.ts'

beforeAll(importPostdeploy)

const configFile = (text = configText) => textFile('/opt/monitoring/prometheus/prometheus.yml', text)
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

judgeCases({
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

it('POST-46 takes rule files by the path under which Prometheus found them', async () => {
  const inForce = configText.replaceAll(/^( *- )(?=\S*rules?\S*\.ya?ml)/gm, '$1/etc/prometheus/')
  expect(inForce).not.toBe(configText)
  await judge('POST-46', { loaded: ok(inForce), runtime: ok(runtime), file: configFile() })
})
