import { describe, expect, it } from 'vitest'
import { Unobserved } from '../../src/outcome.ts'
import { connectionFailure, timeoutFailure } from '../../src/probes/connection-error.ts'

const coded = (code: string, message = code) => Object.assign(new Error(message), { code })
const tell = (error: unknown, phase: Parameters<typeof connectionFailure>[3] = 'connect') =>
  connectionFailure('db.test:5432', 'a login at db.test:5432', error, phase)

describe('a broken connection', () => {
  it.each([
    ['ECONNREFUSED', true],
    ['ECONNRESET', true],
    ['ENOTFOUND', true],
    ['EPIPE', true],
    ['ETIMEDOUT', false],
    ['EHOSTUNREACH', false],
    ['EAI_AGAIN', false],
    ['EMFILE', false],
    ['EPERM', false],
  ])('%s: the target itself said no: %s', (code, refused) => {
    expect(tell(coded(code))).toMatchObject({ refused, rootCause: { id: 'unreachable:db.test:5432' } })
  })

  it('says what was tried, what came back and what to do', () => {
    expect(tell(coded('ECONNREFUSED', 'connect ECONNREFUSED 192.0.2.1:5432')).message).toBe(
      'a login at db.test:5432: the connection was refused (connect ECONNREFUSED 192.0.2.1:5432); start what should listen there, or correct the address in the target file',
    )
  })

  it('is understood beneath other errors, and where several addresses were tried', () => {
    expect(tell(new Error('fetch failed', { cause: coded('ENOTFOUND') }))).toMatchObject({ refused: true })
    const several = new AggregateError([coded('ECONNREFUSED', 'refused over IPv6'), coded('ECONNREFUSED', 'refused over IPv4')])
    expect(tell(several).message).toContain('refused over IPv6; refused over IPv4')
  })

  it.each([
    ['connect', false],
    ['handshake', true],
    ['request', true],
    ['answer', true],
  ] as const)('of an unknown kind in phase %s: the target itself said no: %s', (phase, refused) => {
    expect(tell(new Error('odd'), phase)).toMatchObject({ refused })
    expect(timeoutFailure('db.test:5432', 'a login', 500, phase)).toMatchObject({
      refused,
      message: expect.stringContaining('500 ms'),
    })
  })

  it('that was understood before stays what it is', () => {
    const known = new Unobserved({ id: 'secret:x', text: 'no secret' })
    expect(tell(known)).toBe(known)
  })
})
