import { z } from 'zod'
import type { Token, TokenEntry } from '../../src/procedures/drill-stage.ts'

/** What the canary's hooks say they come from; the seed's do not. */
export const SOURCE = 'runbook-drill'
export const ACTION = 'drill_token'

/** The hook that brings a token, as it is posted. */
export function hookOf({ id, number }: Token, action = ACTION): string {
  return JSON.stringify({
    source: SOURCE,
    action,
    resource: 'token',
    resource_id: String(number),
    correlation_id: id,
    data: { number },
  })
}

const answerSchema = z.object({ success: z.boolean() })

/** Whether the product said that it took the hook. @throws Error where it is not the product that answers, such as a gateway without one */
export function isAccepted(status: number, text: string): boolean {
  const answer = jsonOf(text)
  if (answer === undefined) throw new Error(`the answer ${status} is not the product's: it is no JSON`)
  const said = answerSchema.safeParse(answer)
  return status === 200 && said.success && said.data.success
}

const numberSchema = z.object({ number: z.int() })
const eventSchema = z.object({ correlation_id: z.string(), payload: z.object({ data: z.unknown() }) })
const rememberedSchema = z.object({ correlation_id: z.string(), data: z.unknown() })

/** The token that an event tells of; undefined where it tells of none. */
export function tokenOfEvent(text: string): TokenEntry | undefined {
  const event = eventSchema.safeParse(jsonOf(text))
  return event.success ? { id: event.data.correlation_id, number: numberOf(event.data.payload.data) } : undefined
}

/** The token that was remembered; undefined where none was. */
export function tokenOfRemembered(text: string): TokenEntry | undefined {
  const remembered = rememberedSchema.safeParse(jsonOf(text))
  return remembered.success ? { id: remembered.data.correlation_id, number: numberOf(remembered.data.data) } : undefined
}

function numberOf(data: unknown): number | null {
  const parsed = numberSchema.safeParse(data)
  return parsed.success ? parsed.data.number : null
}

/** undefined where it is no JSON: no schema takes that. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
