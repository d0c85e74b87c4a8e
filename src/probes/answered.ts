import type { z } from 'zod'
import type { Probe } from '../probe.ts'
import type { HttpAnswer } from './http.ts'

/** What an API said: the value that it promises, or in words what came instead. */
export type Answered<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string }

/**
 * Reads an API's answer out of its HTTP answer. An error of the API, another status or another shape is a value, since the
 * system did answer: a judge can fail on it.
 */
export function answered<T>(
  source: Probe<HttpAnswer>,
  kind: string,
  pick: (answer: HttpAnswer) => Answered<T>,
): Probe<Answered<T>> {
  return {
    ...source,
    kind,
    async read(session) {
      const reading = await source.read(session)
      return { ...reading, value: pick(reading.value) }
    },
  }
}

/** The JSON body of a 200, in the promised shape. */
export function jsonBody<T>(answer: HttpAnswer, schema: z.ZodType<T>): Answered<T> {
  if (answer.status !== 200) return { ok: false, problem: `answered ${answer.status}: ${beginning(answer.body)}` }
  if (answer.json === undefined) return { ok: false, problem: `answered no JSON: ${beginning(answer.body)}` }
  const parsed = schema.safeParse(answer.json)
  if (parsed.success) return { ok: true, value: parsed.data }
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: 'another shape' }
  return {
    ok: false,
    problem: `answered JSON of another shape (${path.join('.') || 'whole'}: ${message}): ${beginning(answer.body)}`,
  }
}

function beginning(body: string): string {
  return body.length === 0 ? '(nothing)' : body.length <= 300 ? body : `${body.slice(0, 300)}…`
}
