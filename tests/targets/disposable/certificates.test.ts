import { createPrivateKey, X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createAuthority } from '../../../src/targets/disposable/certificates.ts'

const now = new Date('2026-03-01T12:00:00Z')

describe('an authority of the run', async () => {
  const authority = await createAuthority({ name: 'Test CA', now })
  const root = new X509Certificate(authority.certificate)

  it('is a CA of its own, valid at the run’s clock', () => {
    expect([root.ca, root.subject, root.verify(root.publicKey)]).toEqual([true, 'CN=Test CA', true])
    expect([root.validFromDate < now, root.validToDate > now]).toEqual([true, true])
  })

  it('issues certificates that chain to it, name every host and match their key', async () => {
    const { certificate, key } = await authority.issue({ names: ['a.example.test', 'b.example.test'] })
    const leaf = new X509Certificate(certificate)
    expect([leaf.checkIssued(root), leaf.verify(root.publicKey), leaf.ca]).toEqual([true, true, false])
    expect([leaf.checkHost('a.example.test'), leaf.checkHost('b.example.test'), leaf.checkHost('c.example.test')]).toEqual([
      'a.example.test',
      'b.example.test',
      undefined,
    ])
    expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
  })

  it('issues expired and weak ones on request', async () => {
    const notAfter = new Date('2026-02-28T00:00:00Z')
    const { certificate } = await authority.issue({ names: ['a.example.test'], notAfter, keyType: 'rsa-1024' })
    const leaf = new X509Certificate(certificate)
    expect(leaf.validToDate).toEqual(notAfter)
    expect(leaf.publicKey.asymmetricKeyDetails?.modulusLength).toBe(1024)
  })
})
