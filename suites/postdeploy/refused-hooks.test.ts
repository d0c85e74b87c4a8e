import { chain, check } from '../../src/check.ts'
import { attempt } from '../../src/probes/attempt.ts'
import type { HttpAnswer } from '../../src/probes/http.ts'
import type { Target } from '../../src/targets/target.ts'
import { healthProblems, publicHealth } from '../support/health.ts'
import { hookAnswer } from '../support/hook-answer.ts'
import { payloadsIn } from '../support/payloads.ts'
import { publicEndpoint } from '../support/public-endpoint.ts'
import { postHook, postText } from '../support/synthetic-hook.ts'

const postAll = (target: Target, folder: 'broken-json' | 'broken-fields', purpose: string) =>
  Object.fromEntries(payloadsIn(folder).map((file, index) => [file, postHook(target, file, `${purpose}-${index}`)]))

check(
  'POST-28',
  'A body that is no JSON is answered with 422.',
  (target) => postAll(target, 'broken-json', 'POST-28'),
  (answers, { expect }) => {
    expect(Object.keys(answers), 'bodies that were posted').not.toEqual([])
    expect(notUnprocessable(answers), 'bodies that were not refused with 422').toEqual([])
  },
)

check(
  'POST-29',
  'A hook that lacks a field or has one of a wrong type is answered with 422.',
  (target) => postAll(target, 'broken-fields', 'POST-29'),
  (answers, { expect }) => {
    expect(Object.keys(answers), 'bodies that were posted').not.toEqual([])
    expect(notUnprocessable(answers), 'hooks that were not refused with 422').toEqual([])
  },
)

check(
  'POST-30',
  'A hook with a field that this release does not know is accepted as if the field were not there, or answered with 422.',
  (target) => postHook(target, 'valid/unknown-field.json', 'POST-30'),
  (answer, { expect }) => {
    if (answer.status === 422) expect(answer.status).toBe(422)
    else
      expect(hookAnswer(answer, expect).success, `success of a hook with an unknown field: ${answer.body.slice(0, 300)}`).toBe(
        true,
      )
  },
)

/** Above what a gateway lets through by default (1 MiB). */
const OVERSIZED_BYTES = 2 * 1024 * 1024

chain(
  'POST-31',
  'A hook of 2 MiB is refused with 413 (or 400, or 422), and the service is healthy afterwards.',
  (target) => ({
    post: attempt(postText(target, (filling) => JSON.stringify({ ...filling, padding: 'x'.repeat(OVERSIZED_BYTES) }), 'POST-31')),
    health: publicHealth(target, publicEndpoint(target, 'hook-receiver')),
  }),
  async ({ post, health }, { observe, expect }) => {
    const found = await observe(post)
    // A server may refuse by closing the connection while the body is still being sent; then it is the health that tells.
    if (found.answered) expect([400, 413, 422], 'statuses that refuse a body of 2 MiB').toContain(found.answer.status)
    expect(healthProblems(await observe(health)), 'what is wrong with hook-receiver afterwards').toEqual([])
  },
)

function notUnprocessable(answers: Readonly<Record<string, HttpAnswer>>): string[] {
  return Object.entries(answers)
    .filter(([, { status }]) => status !== 422)
    .map(([file, { status, body }]) => `${file} is answered with ${status}: ${body.slice(0, 100)}`)
}
