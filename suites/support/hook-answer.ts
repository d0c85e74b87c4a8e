import { z } from 'zod'
import type { Judging } from '../../src/check.ts'
import type { HttpAnswer } from '../../src/probes/http.ts'

const schema = z.object({
  success: z.boolean(),
  message: z.string(),
  event_id: z.uuid(),
  processing_time_ms: z.number().nonnegative(),
  errors: z.array(z.string()),
})
export type HookAnswer = z.infer<typeof schema>

/** The answer to an accepted hook; fails the check where it is another status or another shape. */
export function hookAnswer(answer: HttpAnswer, expect: Judging['expect']): HookAnswer {
  expect(answer.status, `status of POST /hooks, which answered ${answer.body.slice(0, 200)}`).toBe(200)
  const parsed = schema.safeParse(answer.json)
  expect(parsed.success ? '' : z.prettifyError(parsed.error), 'what the answer to a hook lacks').toBe('')
  return schema.parse(answer.json)
}
