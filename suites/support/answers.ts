import type { Judging } from '../../src/check.ts'
import type { Answered } from '../../src/probes/answered.ts'

/** The value that an API promised; fails the check, in the API's own words, where something else came. */
export function promisedValue<T>(answer: Answered<T>, what: string, expect: Judging['expect']): T {
  expect(answer.ok ? '' : answer.problem, what).toBe('')
  if (!answer.ok) throw new Error(answer.problem)
  return answer.value
}
