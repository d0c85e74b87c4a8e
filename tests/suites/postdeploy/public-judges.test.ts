import { beforeAll, describe, expect, it } from 'vitest'
import { parseCertificates } from '../../../src/probes/certificate.ts'
import { authority } from '../../probes/support/authority.ts'
import { follow, judge, testTarget } from '../../support/judging.ts'
import { BUSY, IDLE } from '../support/load-result.ts'
import { importPostdeploy } from './support.ts'

beforeAll(importPostdeploy)

const DAY_MS = 86_400_000
const answer = (json: unknown, changes = {}) => ({
  status: 200,
  headers: {},
  body: typeof json === 'string' ? json : JSON.stringify(json),
  json: typeof json === 'string' ? undefined : json,
  truncated: false,
  timings: { connectMs: 1, firstByteMs: 10, totalMs: 12 },
  remoteAddress: '127.0.0.1:443',
  ...changes,
})
const dependencies = { postgres: { status: 'healthy' }, kafka: { status: 'healthy' } }
const healthy = answer({ status: 'healthy', service: 'hook-receiver', dependencies })
const degraded = answer(
  { status: 'degraded', dependencies: { ...dependencies, kafka: { status: 'unhealthy' } } },
  { status: 503 },
)

describe.each(['POST-01', 'POST-02', 'POST-03'])('%s', (id) => {
  it('passes a healthy service', async () => {
    await judge(id, healthy)
  })

  it.each([
    ['it is degraded, naming the dependency', degraded],
    ['200 hides a degraded service', answer({ status: 'degraded' })],
    ['the gateway answers in its place', answer('<html>502 Bad Gateway</html>', { status: 502 })],
    ['it answers another page', answer('ok')],
    ['the key is refused', answer({ detail: 'API key required' }, { status: 401 })],
  ])('fails where %s', async (_, bad) => {
    await expect(judge(id, bad)).rejects.toMatchObject({ name: 'AssertionError' })
  })

  it('names the dependency that is not healthy', async () => {
    await expect(judge(id, degraded)).rejects.toMatchObject({
      actual: expect.arrayContaining(['its dependency kafka is unhealthy']),
    })
  })
})

describe('POST-04', () => {
  it.each([
    ['one is not named', answer({ status: 'healthy', dependencies: { postgres: { status: 'healthy' } } })],
    ['none is named', answer({ status: 'healthy' })],
    ['one is not healthy', degraded],
    ['it is no health', answer('ok')],
  ])('fails where %s', async (_, bad) => {
    await judge('POST-04', healthy)
    await expect(judge('POST-04', bad)).rejects.toMatchObject({ name: 'AssertionError' })
  })
})

describe('POST-05', () => {
  it.each([
    ['it leads to another service', { api: answer({ status: 'healthy', service: 'model-metrics' }) }],
    ['it leads nowhere', { api: answer('Misdirected', { status: 421 }) }],
    ['nothing was asked', {}],
  ])('fails where %s', async (_, bad) => {
    await judge('POST-05', { api: healthy })
    await expect(judge('POST-05', bad)).rejects.toMatchObject({ name: 'AssertionError' })
  })
})

describe('POST-12', () => {
  const name = 'hooks.example.test'
  const answered = (status: number, location?: string) => ({
    [name]: { answered: true, answer: answer('', { status, headers: location === undefined ? {} : { location } }) },
  })

  it.each([
    ['a refused connection', { [name]: { answered: false, refusal: 'connection refused', hung: false } }],
    ['a redirect to the same name', answered(301, `https://${name}/health`)],
    ['a page that is not served', answered(404)],
  ])('passes %s', async (_, good) => {
    await judge('POST-12', good)
  })

  it.each([
    ['it answers', answered(200)],
    ['it redirects to another name', answered(301, 'https://elsewhere.example.test/')],
    ['it redirects to plain HTTP', answered(302, `http://${name}/`)],
    ['it redirects nowhere', answered(301)],
    ['the port takes the connection and says nothing', { [name]: { answered: false, refusal: 'it hangs', hung: true } }],
    ['nothing was asked', {}],
  ])('fails where %s', async (_, bad) => {
    await expect(judge('POST-12', bad)).rejects.toMatchObject({ name: 'AssertionError' })
  })
})

describe('POST-13', () => {
  const samples = (firstByteMs: number, delay = 0, status = 200, machine = IDLE) => ({
    'hook-receiver': Array.from({ length: 7 }, () => ({
      value: answer('', { status, timings: { connectMs: 1, firstByteMs, totalMs: firstByteMs } }),
      observerDelay: { p95: delay, p99: delay, max: delay },
      machine,
    })),
  })

  it('passes and measures what is fast enough, even where the observer was late', async () => {
    const { measurements } = await judge('POST-13', samples(100, 80))
    expect(measurements).toMatchObject([{ name: 'response.hook-receiver.median', value: 100, limit: 200, sampleCount: 7 }])
  })

  it('fails what is too slow, and where nothing was asked', async () => {
    await expect(judge('POST-13', samples(201))).rejects.toMatchObject({ name: 'AssertionError' })
    await expect(judge('POST-13', {})).rejects.toMatchObject({ name: 'AssertionError' })
  })

  it.each([
    ['the observer was late', samples(300, 51)],
    ['the answers are errors', samples(5, 0, 503)],
  ])('is unobserved where %s', async (_, unclear) => {
    await expect(judge('POST-13', unclear)).rejects.toMatchObject({ name: 'Unobserved' })
  })

  it('is unobserved where a disposable target’s machine was short of processor time', async () => {
    const slow = samples(205, 0, 200, BUSY)
    const target = testTarget({ kind: 'ephemeral' })
    await expect(judge('POST-13', slow, { target })).rejects.toThrow(/7 of 7 answers tell nothing.*short of processor time/)
    await expect(judge('POST-13', slow)).rejects.toMatchObject({ name: 'AssertionError' })
  })
})

describe('POST-14', () => {
  const good = {
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    server: 'nginx',
  }
  it.each([
    ['HTTPS is not demanded', { ...good, 'strict-transport-security': '' }],
    ['it is demanded for a minute', { ...good, 'strict-transport-security': 'max-age=60' }],
    ['types may be guessed', { ...good, 'x-content-type-options': '' }],
    ['a version is told', { ...good, server: 'nginx/1.18.0' }],
  ])('fails where %s', async (_, headers) => {
    await judge('POST-14', { hooks: answer('', { headers: good }) })
    await expect(judge('POST-14', { hooks: answer('', { headers }) })).rejects.toMatchObject({ name: 'AssertionError' })
  })

  it('fails where nothing was asked', async () => {
    await expect(judge('POST-14', {})).rejects.toMatchObject({ name: 'AssertionError' })
  })
})

describe('what is presented over TLS', async () => {
  const ca = await authority()
  const presented = async (wishes: Parameters<typeof ca.issue>[1], changes = {}) => ({
    'hooks.example.test': {
      chain: parseCertificates((await ca.issue('hooks.example.test', wishes)).cert).certificates,
      protocol: 'TLSv1.3',
      cipher: 'X',
      verifyError: '',
      ...changes,
    },
  })
  const good = await presented({})

  it.each(['POST-06', 'POST-08', 'POST-09', 'POST-10'])('%s passes a good one and fails where nothing was asked', async (id) => {
    await judge(id, good)
    await expect(judge(id, {})).rejects.toMatchObject({ name: 'AssertionError' })
  })

  it.each([
    ['POST-06', await presented({}, { protocol: 'TLSv1.1' })],
    ['POST-08', await presented({}, { verifyError: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })],
    ['POST-08', await presented({}, { verifyError: 'DEPTH_ZERO_SELF_SIGNED_CERT' })],
    ['POST-09', await presented({ names: ['other.example.test'] })],
    ['POST-09', await presented({}, { chain: [] })],
    ['POST-10', await presented({ notAfter: new Date(Date.now() + 20 * DAY_MS) })],
    ['POST-10', await presented({ notBefore: new Date(Date.now() + DAY_MS) })],
  ])('%s fails a bad one', async (id, bad) => {
    await expect(judge(id, bad)).rejects.toMatchObject({ name: 'AssertionError' })
  })

  it('POST-07 fails where an old version is accepted', async () => {
    const refused = { version: 'TLSv1', accepted: false, answer: 'alert' }
    await judge('POST-07', { a: [refused, refused] })
    await expect(judge('POST-07', { a: [refused, { ...refused, accepted: true }] })).rejects.toMatchObject({
      name: 'AssertionError',
    })
    await expect(judge('POST-07', {})).rejects.toMatchObject({ name: 'AssertionError' })
  })

  it('POST-11 compares with the installed file of that service', async () => {
    const pem = good['hooks.example.test'].chain[0]?.pem ?? ''
    const names = ['hook-receiver', 'model-metrics', 'workflow-coordinator']
    const installed = (text: string) => ({ files: names.map((name) => ({ entry: { path: `/certs/${name}.crt` }, pem: text })) })
    const four = Array.from({ length: 4 }, () => good['hooks.example.test'])
    await judge('POST-11', { presented: four, installed: installed(pem) })
    const other = (await ca.issue('hooks.example.test')).cert
    for (const bad of [
      { presented: four, installed: installed(other) },
      { presented: four, installed: { files: [] } },
      { presented: [], installed: installed(pem) },
    ])
      await expect(judge('POST-11', bad)).rejects.toMatchObject({ name: 'AssertionError' })
  })
})

describe('models', () => {
  const model = {
    model_id: 'm1',
    model_name: 'M',
    tier: 'fast',
    node_location: 'n1',
    max_context_tokens: 8_192,
    specialized_for: ['code'],
    endpoint_url: 'http://n1:11434',
  }
  const list = (models: readonly object[], total = models.length, nodes: object = { n1: {} }) =>
    answer({ total_models: total, models, nodes })

  it.each([
    ['POST-33', list([])],
    ['POST-34', list([model], 2)],
    ['POST-34', list([model, model])],
    ['POST-35', list([])],
    ['POST-35', list([{ ...model, endpoint_url: 'nowhere' }])],
    ['POST-35', list([{ ...model, max_context_tokens: 0 }])],
    ['POST-35', list([{ model_id: 'm1' }])],
    ['POST-36', list([{ ...model, node_location: 'n2' }])],
    ['POST-36', list([model], 1, {})],
  ])('%s passes good ones and fails bad ones', async (id, bad) => {
    await judge(id, list([model]))
    await expect(judge(id, bad)).rejects.toMatchObject({ name: 'AssertionError' })
    await expect(judge(id, answer({ detail: 'no' }, { status: 401 }))).rejects.toMatchObject({ name: 'AssertionError' })
    await expect(judge(id, answer('<html>'))).rejects.toMatchObject({ name: 'AssertionError' })
  })
})

describe('POST-27', () => {
  const eventId = '1b4e28ba-2fa1-4d2d-883f-0016d3cca427'
  const hook = answer({ success: true, message: '', event_id: eventId, processing_time_ms: 1, errors: [] })
  const look = (messages: readonly object[]) => follow('POST-27', ({ system }) => (system === 'kafka' ? messages : hook))

  it('finds the event on the topic of its action', async () => {
    const { measurements } = await look([{ value: JSON.stringify({ event_id: eventId }) }])
    expect(measurements).toMatchObject([{ name: 'hook.published' }])
  })

  it('fails where only other events are there, or none', async () => {
    await expect(look([{ value: '{"event_id":"another"}' }])).rejects.toMatchObject({ name: 'AssertionError' })
    await expect(look([])).rejects.toMatchObject({ name: 'AssertionError' })
  })
})
