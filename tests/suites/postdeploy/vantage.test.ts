import { describe, expect, it } from 'vitest'
import '../../../suites/postdeploy/vantage.test.ts'
import { judge, testTarget } from '../../support/judging.ts'

const NAMES = ['hooks.example.test', 'metrics.example.test']
const dns = { servers: [], expect: ['203.0.113.7'], inside: ['10.0.0.7'], overrides: {} }
const target = testTarget({ dns, expect: { ...testTarget().spec.expect, vantage: 'probe@outside.example.test' } })
const seen = (address: string, more: object = {}) => ({
  there: NAMES.map((name) => ({ name, addresses: [address], fingerprint: 'aa11', complaint: '', ...more })),
  here: NAMES.map(() => ({ chain: [{ fingerprint: 'aa11' }] })),
})

describe.each(['POST-71', 'POST-72'])('%s', (id) => {
  const fails = (answers: object, words: RegExp) =>
    expect(judge(id, answers, { target })).rejects.toMatchObject({
      name: 'AssertionError',
      actual: expect.arrayContaining([expect.stringMatching(words)]),
    })

  it('wants the listed address and the certificate that is seen here', async () => {
    await judge(id, seen('203.0.113.7'), { target })
    await fails(seen('203.0.113.8'), /resolves there to 203\.0\.113\.8/)
    await fails(seen('203.0.113.7', { addresses: [] }), /does not resolve there/)
    await fails(seen('203.0.113.7', { fingerprint: 'bb22' }), /presents bb22 there, and aa11 here/)
    await fails(seen('203.0.113.7', { fingerprint: '', complaint: 'refused' }), /no certificate there: refused/)
    await expect(judge(id, { there: [], here: [] }, { target })).rejects.toMatchObject({ name: 'AssertionError' })
  })
})

it('addresses inside the zone are for those inside alone', async () => {
  await judge('POST-71', seen('10.0.0.7'), { target })
  await expect(judge('POST-72', seen('10.0.0.7'), { target })).rejects.toMatchObject({ name: 'AssertionError' })
})

it('a target without a vantage says what is missing', async () => {
  await expect(judge('POST-72', seen('203.0.113.7'))).rejects.toMatchObject({
    rootCause: { id: 'undescribed:expect.vantage' },
  })
})
