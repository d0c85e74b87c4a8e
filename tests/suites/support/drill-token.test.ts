import { describe, expect, it } from 'vitest'
import { hookOf, isAccepted, tokenOfEvent, tokenOfRemembered } from '../../../suites/support/drill-token.ts'

const TOKEN = { id: '3f0e8a52-6f0c-4c1e-9b7e-0a1b2c3d4e5f', number: 7 }

describe('a token', () => {
  it('is found again in what the product keeps of its hook', () => {
    const hook = JSON.parse(hookOf(TOKEN, 'validate'))
    expect(hook).toMatchObject({ action: 'validate', correlation_id: TOKEN.id })
    expect(tokenOfEvent(JSON.stringify({ correlation_id: TOKEN.id, payload: { data: hook.data } }))).toEqual(TOKEN)
    expect(tokenOfRemembered(JSON.stringify({ correlation_id: TOKEN.id, data: hook.data }))).toEqual(TOKEN)
  })

  it.each([
    [200, '{"success":true}', true],
    [200, '{"success":false}', false],
    [503, '{"success":true}', false],
    [200, '[]', false],
  ])('is accepted or not by what the product answers: %i %s', (status, text, accepted) => {
    expect(isAccepted(status, text)).toBe(accepted)
  })

  it('has no answer where it is not the product that answers', () => {
    expect(() => isAccepted(502, '<html>Bad Gateway</html>')).toThrow(/502 is not the product's/)
  })
})
