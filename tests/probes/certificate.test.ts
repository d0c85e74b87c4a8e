import { describe, expect, it } from 'vitest'
import { chainProblem, coversName, daysLeft, daysValid, parseCertificates } from '../../src/probes/certificate.ts'
import { authority } from './support/authority.ts'

const DAY_MS = 86_400_000
const one = (pem: string) => {
  const [certificate] = parseCertificates(pem).certificates
  if (certificate === undefined) throw new Error('the test made no certificate')
  return certificate
}

describe('a certificate file', () => {
  it('is parsed into plain data', async () => {
    const { issue } = await authority('Own CA')
    const certificate = one((await issue('hooks.test', { names: ['hooks.test', '*.api.test'] })).cert)
    expect(certificate).toMatchObject({
      subject: 'CN=hooks.test',
      issuer: 'CN=Own CA',
      names: ['hooks.test', '*.api.test'],
      keyType: 'ec',
      keyBits: 256,
      isAuthority: false,
    })
    expect(certificate.signatureAlgorithm).toMatch(/sha256/i)
    expect(certificate.publicKeySha256).toMatch(/^[0-9a-f]{64}$/)
  })

  it('tells the size of an RSA key', async () => {
    const { issue } = await authority()
    expect(one((await issue('a.test', { isWeak: true })).cert)).toMatchObject({ keyType: 'rsa', keyBits: 1024 })
  })

  it('that holds none, or a broken one, is a problem and no exception', () => {
    expect(parseCertificates('').problems).toEqual(['holds no certificate'])
    const broken = '-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n'
    expect(parseCertificates(broken).problems[0]).toMatch(/^certificate 1 cannot be parsed/)
  })

  it('covers its names and what its wildcard stands for, nothing else', async () => {
    const { issue } = await authority()
    const certificate = one((await issue('cn-only.test', { names: ['hooks.test', '*.api.test'] })).cert)
    const covered = ['hooks.test', 'a.api.test', 'api.test', 'a.b.api.test', 'cn-only.test'].map((name) =>
      coversName(certificate, name),
    )
    expect(covered).toEqual([true, true, false, false, false])
  })

  it('counts days from both ends', async () => {
    const now = new Date()
    const { issue } = await authority()
    const notBefore = new Date(now.getTime() + 5 * DAY_MS)
    const notAfter = new Date(now.getTime() + 30 * DAY_MS)
    const certificate = one((await issue('a.test', { notBefore, notAfter })).cert)
    expect(daysLeft(certificate, now)).toBeCloseTo(30, 3)
    expect(daysValid(certificate, now)).toBeCloseTo(-5, 3)
  })
})

describe('a chain', () => {
  const now = new Date()

  it('is sound where the authority issued the certificate', async () => {
    const { ca, issue } = await authority()
    expect(chainProblem([one((await issue('a.test')).cert)], [one(ca)], now)).toBeUndefined()
  })

  it('of another authority of the same name is not', async () => {
    const { issue } = await authority('Same')
    const other = await authority('Same')
    expect(chainProblem([one((await issue('a.test')).cert)], [one(other.ca)], now)).toContain('no trusted authority issued')
  })

  it.each([
    ['expired', { notBefore: new Date(0), notAfter: new Date(DAY_MS) }],
    ['not valid before', { notBefore: new Date(Date.now() + DAY_MS) }],
  ])('with a certificate that is %s is not', async (text, wishes) => {
    const { ca, issue } = await authority()
    expect(chainProblem([one((await issue('a.test', wishes)).cert)], [one(ca)], now)).toContain(text)
  })

  it('without a certificate is not', () => {
    expect(chainProblem([], [], now)).toBe('there is no certificate')
  })
})
