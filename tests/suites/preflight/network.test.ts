import { describe, expect, it } from 'vitest'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import '../../../suites/preflight/cdn.test.ts'
import '../../../suites/preflight/network.test.ts'

const http = (status: number, more = {}) => ({
  status,
  headers: {},
  body: '',
  json: undefined,
  remoteAddress: '127.0.0.1:443',
  ...more,
})
const expecting = (more: object) => testTarget({ expect: { ...testTarget().spec.expect, ...more } })

describe('the public names', () => {
  it('PRE-90 wants the API to lead to a healthy service', async () => {
    await judge('PRE-90', [http(200, { json: { status: 'healthy' } })])
    expect(await failureOf(judge('PRE-90', [http(503, { json: { status: 'degraded' } })]))).toContain('answered 503')
    expect(await failureOf(judge('PRE-90', [http(200, { body: '<html>' })]))).toContain('with status undefined')
    await failureOf(judge('PRE-90', []))
  })

  it('PRE-91 wants 200 without a key', async () => {
    await judge('PRE-91', [http(200), http(200), http(200)])
    expect(await failureOf(judge('PRE-91', [http(200), http(401), http(200)]))).toContain('metrics.example.test answered 401')
    await failureOf(judge('PRE-91', []))
  })

  it('PRE-97 wants no metrics', async () => {
    await judge('PRE-97', [http(404), http(403), http(302)])
    expect(await failureOf(judge('PRE-97', [http(404), http(200)]))).toContain('metrics.example.test answered 200')
    expect(await failureOf(judge('PRE-97', [http(500, { body: '# HELP x\n# TYPE x counter\nx 1' })]))).toContain(
      'hooks.example.test',
    )
    await failureOf(judge('PRE-97', []))
  })

  it('PRE-110 wants no answer out of a cache, and applies behind a CDN only', async () => {
    const target = testTarget({ cdn: { name: 'some network' } })
    await judge('PRE-110', [http(200, { headers: { age: '0', 'x-cache': 'Miss' } })], { target })
    expect(await failureOf(judge('PRE-110', [http(200, { headers: { age: '30' } })], { target }))).toContain('age 30')
    expect(await failureOf(judge('PRE-110', [http(200, { headers: { 'cf-cache-status': 'HIT' } })], { target }))).toContain('HIT')
    await expect(judge('PRE-110', [])).rejects.toMatchObject({ name: 'NotApplicable' })
  })
})

describe('connections of the services host', () => {
  const targets = (results: Readonly<Record<string, string>>) => ({
    targets: Object.entries(results).map(([address, result]) => ({ address, result, ms: null })),
  })

  it('PRE-92 wants every declared address, and says so where none is declared', async () => {
    const target = expecting({ outbound: ['registry.example.test:443'] })
    await judge('PRE-92', targets({ 'registry.example.test:443': 'open' }), { target })
    expect(await failureOf(judge('PRE-92', targets({ 'registry.example.test:443': 'timeout' }), { target }))).toContain(
      ': timeout',
    )
    expect(await failureOf(judge('PRE-92', targets({}), { target }))).toContain('was not tried')
    await expect(judge('PRE-92', targets({}))).rejects.toMatchObject({ rootCause: { id: 'undescribed:expect.outbound' } })
    const none = testTarget({ parts: { outbound: 'none' } })
    await expect(judge('PRE-92', targets({}), { target: none })).rejects.toMatchObject({ name: 'NotApplicable' })
  })

  it('PRE-93 wants the database', async () => {
    await judge('PRE-93', targets({ '127.0.0.1:5432': 'open' }))
    expect(await failureOf(judge('PRE-93', targets({ '127.0.0.1:5432': 'refused' })))).toContain('127.0.0.1:5432: refused')
    expect(await failureOf(judge('PRE-93', targets({})))).toContain('was not tried')
  })

  it('PRE-94 wants brokers and Redis', async () => {
    await judge('PRE-94', targets({ '127.0.0.1:9092': 'open', '127.0.0.1:6379': 'open' }))
    expect(await failureOf(judge('PRE-94', targets({ '127.0.0.1:9092': 'open', '127.0.0.1:6379': 'unresolved' })))).toContain(
      '6379: unresolved',
    )
  })
})

describe('ports', () => {
  const bound = (...sockets: [address: string, port: number, process?: string][]) => ({
    listeners: sockets.map(([address, port, process = 'docker-proxy']) => ({ address, port, process })),
  })

  it('PRE-95 wants inner ports on inner addresses', async () => {
    await judge('PRE-95', [bound(['127.0.0.1', 5432], ['::1', 9100], ['0.0.0.0', 443]), bound()])
    const open = await failureOf(judge('PRE-95', [bound(['0.0.0.0', 5432], ['::', 9100], ['127.0.0.1', 8001])]))
    expect(open).toContain('postgres on 0.0.0.0:5432')
    expect(open).toContain('an exporter on [::]:9100')
    expect(open).not.toContain('8001')
    await expect(judge('PRE-95', [bound(['0.0.0.0', 443])])).rejects.toMatchObject({ rootCause: { id: 'untold:no-listener' } })
  })

  it('PRE-96 wants them closed to the outside, seen by a vantage that sees', async () => {
    const target = expecting({ vantage: 'probe@outside.example.test' })
    const tried = (...results: string[]) =>
      results.map((result, index) => ({ address: `services.example.test:${index}`, result }))
    await judge('PRE-96', tried('refused', 'timeout'), { target })
    expect(await failureOf(judge('PRE-96', tried('refused', 'open'), { target }))).toContain('services.example.test:1')
    await failureOf(judge('PRE-96', [], { target }))
    await expect(judge('PRE-96', tried('unresolved', 'failed'), { target })).rejects.toMatchObject({
      rootCause: { id: 'vantage:blind' },
    })
    await expect(judge('PRE-96', [])).rejects.toMatchObject({ rootCause: { id: 'undescribed:expect.vantage' } })
  })

  const file = {
    path: '/opt/omninode_bridge/.env.production',
    exists: true,
    mode: '0640',
    owner: '',
    group: '',
    size: 1,
    modified: 0,
    sha256: '',
    text: 'HOOK_RECEIVER_PORT=8001\nGRAFANA_PORT=3000\n',
    truncated: false,
  }

  it('PRE-98 wants ports free or held by us', async () => {
    await judge('PRE-98', { file, sockets: bound(['127.0.0.1', 8001], ['127.0.0.1', 22, 'sshd']) })
    await judge('PRE-98', { file, sockets: bound() })
    expect(await failureOf(judge('PRE-98', { file, sockets: bound(['0.0.0.0', 3000, 'node']) }))).toContain('3000 by node')
    await failureOf(judge('PRE-98', { file: { ...file, text: 'A=1\n' }, sockets: bound() }))
    await failureOf(judge('PRE-98', { file: { ...file, text: file.text.replaceAll(/=\d+/g, '=0') }, sockets: bound() }))
    await expect(judge('PRE-98', { file, sockets: bound(['127.0.0.1', 8001, '']) })).rejects.toMatchObject({ name: 'Unobserved' })
  })
})

describe('the packet filter', () => {
  const filter = (...rules: string[]) => ({ tool: 'nft', frontEnd: '', rules })

  it('PRE-99 wants one on every host that turns something away', async () => {
    await judge('PRE-99', [filter('type filter hook input priority filter; policy drop;')])
    await judge('PRE-99', [filter('-A INPUT -j REJECT --reject-with icmp-port-unreachable')])
    expect(await failureOf(judge('PRE-99', [filter('-P INPUT DROP'), filter('-P INPUT ACCEPT')]))).toContain(
      'database (nft, 1 rules)',
    )
    await failureOf(judge('PRE-99', [filter()]))
    await failureOf(judge('PRE-99', []))
  })

  it('PRE-100 wants the listed rules and no other', async () => {
    const target = expecting({ firewall: ['-P INPUT DROP', '-A INPUT -p tcp --dport 443 -j ACCEPT'] })
    await judge('PRE-100', filter('-A INPUT  -p tcp --dport 443 -j ACCEPT', '-P INPUT DROP'), { target })
    expect(await failureOf(judge('PRE-100', filter('-P INPUT DROP'), { target }))).toContain('--dport 443')
    const more = filter(...target.spec.expect.firewall, '-A INPUT -p tcp --dport 23 -j ACCEPT')
    expect(await failureOf(judge('PRE-100', more, { target }))).toContain('--dport 23')
    await expect(judge('PRE-100', filter())).rejects.toMatchObject({ rootCause: { id: 'undescribed:expect.firewall' } })
  })
})
