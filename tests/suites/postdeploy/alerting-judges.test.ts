import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { recorded } from '../../probes/support/replay.ts'
import { follow } from '../../support/judging.ts'
import { host, judgeCases, NOTHING, ok, rulesText, textFile } from './judge-cases.ts'
import { importPostdeploy } from './support.ts'

beforeAll(importPostdeploy)

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

judgeCases({
  'POST-48': {
    good: host(),
    bad: [
      ['a rule names another job', host(rulesText.replaceAll('job="postgres"', 'job="postgresql"'))],
      ['there are no rules', { files: [] }],
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
