import { describe, expect, it } from 'vitest'
import { rememberedOf } from '../../../fixtures/services/redis-cache.ts'
import { hookOf, isAccepted, tokenOfEvent, tokenOfRemembered } from '../../../suites/support/drill-token.ts'

const hook = {
  source: 'runbook-drill',
  action: 'drill_token',
  resource: 'token',
  resource_id: '7',
  correlation_id: 't7',
  data: { number: 7 },
}
const event = (data: unknown) => JSON.stringify({ event_id: 'e', correlation_id: 't7', payload: { resource: 'token', data } })

describe('a token of the drill', () => {
  it('is found in the event of its hook', () => {
    expect(tokenOfEvent(event({ number: 7 }))).toEqual({ id: 't7', number: 7 })
  })

  it('is found in what Redis remembers of its hook', () => {
    expect(tokenOfRemembered(rememberedOf(hook))).toEqual({ id: 't7', number: 7 })
  })

  it('without the content that was sent has no number', () => {
    expect(tokenOfEvent(event({ garbled: true }))).toEqual({ id: 't7', number: null })
    expect(tokenOfEvent(event({ number: 'seven' }))).toEqual({ id: 't7', number: null })
    expect(tokenOfRemembered(rememberedOf({ ...hook, data: { garbled: true } }))).toEqual({ id: 't7', number: null })
  })

  it.each(['', 'no JSON', '{}', '[]', '{"correlation_id":null,"payload":{"data":{}}}'])('is not in %j', (text) => {
    expect(tokenOfEvent(text)).toBeUndefined()
    expect(tokenOfRemembered(text)).toBeUndefined()
  })

  it('is posted with what it is found by', () => {
    expect(JSON.parse(hookOf({ id: 't7', number: 7 }))).toEqual(hook)
    expect(JSON.parse(hookOf({ id: 't7', number: 7 }, 'validate'))).toEqual({ ...hook, action: 'validate' })
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
