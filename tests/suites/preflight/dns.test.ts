import { describe, expect, it } from 'vitest'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import '../../../suites/preflight/dns.test.ts'

const ADDRESS = '127.0.0.1'
const answer = (more = {}) => ({
  name: 'hooks.example.test',
  server: '127.0.0.1:53',
  status: 'found',
  a: [{ address: ADDRESS, ttl: 300 }],
  aaaa: [],
  aliases: [],
  ...more,
})
const both = [answer(), answer({ server: '127.0.0.2:53' })]
const gone = { status: 'no-such-name', a: [] }

describe('the public names', () => {
  it.each(['PRE-86', 'PRE-87', 'PRE-88', 'PRE-89'])('%s passes where all is well', async (id) => {
    await judge(id, both)
  })

  it.each([
    ['PRE-86', [answer(gone)], 'hooks.example.test at 127.0.0.1:53: no-such-name'],
    ['PRE-86', [answer({ a: [{ address: '192.0.2.9', ttl: 300 }] })], '192.0.2.9'],
    ['PRE-86', [answer({ aaaa: [{ address: '2001:db8::9', ttl: 300 }] })], '2001:db8::9'],
    [
      'PRE-87',
      [both[0], answer({ server: '127.0.0.2:53', a: [{ address: '192.0.2.9', ttl: 300 }] })],
      '127.0.0.2:53 says 192.0.2.9',
    ],
    ['PRE-87', [both[0], answer({ server: '127.0.0.2:53', ...gone })], 'says no-such-name'],
    ['PRE-88', [answer({ a: [{ address: ADDRESS, ttl: 86_400 }] })], 'for 86400 s'],
    ['PRE-89', [answer({ ...gone, aliases: ['gone.example.test'] })], 'hooks.example.test → gone.example.test: no-such-name'],
    ['PRE-89', [], 'answers'],
    ['PRE-87', [], 'names asked for'],
  ])('%s fails on what is wrong: %#', async (id, answers, words) => {
    expect(await failureOf(judge(id, answers))).toContain(words)
  })

  it('PRE-88 is unobserved where no name resolves', async () => {
    await expect(judge('PRE-88', [answer(gone)])).rejects.toMatchObject({ rootCause: { id: 'unresolved:public-names' } })
  })

  it('PRE-86 is unobserved where the target does not say to which addresses', async () => {
    const target = testTarget({ dns: { servers: [], expect: [], inside: [], overrides: {} } })
    await expect(judge('PRE-86', both, { target })).rejects.toMatchObject({ rootCause: { id: 'undescribed:dns.expect' } })
  })

  it('PRE-87 is unobserved with a single resolver', async () => {
    await expect(judge('PRE-87', [answer()])).rejects.toMatchObject({ rootCause: { id: 'undescribed:dns.servers' } })
  })

  it('are none of a target that has addresses only', async () => {
    const target = testTarget({
      services: {},
      gateways: { api: { public: 'https://127.0.0.1:8443', routesTo: 'hook-receiver' } },
    })
    await expect(judge('PRE-86', [], { target })).rejects.toMatchObject({ name: 'NotApplicable' })
  })
})
