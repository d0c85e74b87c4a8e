import { z } from 'zod'
import { chain, check } from '../../src/check.ts'
import { echo } from '../../src/probes/echo.ts'
import type { HttpAnswer } from '../../src/probes/http.ts'
import { perRun } from '../../src/probes/per-run.ts'
import { sql } from '../../src/probes/postgres.ts'
import { sharedOnce } from '../../src/probes/shared-once.ts'
import type { Target } from '../../src/targets/target.ts'
import { PROTECTED } from '../support/protected-paths.ts'
import { askProtected, notRefused, WRONG_KEY } from '../support/refusals.ts'
import { fillingOf } from '../support/synthetic-hook.ts'

/** A right key on POST /hooks would post a hook, which POST-21 does. */
const READING = PROTECTED.filter(({ method }) => method === 'GET')

const withoutKey = (target: Target) => askProtected(target, 'POST-15', {})
const withWrongKey = (target: Target) => ({
  ...prefixed('Bearer', askProtected(target, 'POST-16-bearer', { headers: { authorization: `Bearer ${WRONG_KEY}` } })),
  ...prefixed('X-API-Key', askProtected(target, 'POST-16-header', { headers: { 'x-api-key': WRONG_KEY } })),
})
const inWrongScheme = (target: Target) => ({
  ...prefixed('Basic', askProtected(target, 'POST-17-basic', { apiKey: 'apiKey', scheme: 'Basic' })),
  ...prefixed('Token', askProtected(target, 'POST-17-token', { apiKey: 'apiKey', scheme: 'Token' })),
})

check('POST-15', 'Every protected path answers 401 to a request without an API key.', withoutKey, (answers, { expect }) => {
  expect(Object.keys(answers), 'protected paths that were asked').toHaveLength(PROTECTED.length)
  expect(notRefused(answers), 'protected paths that are open').toEqual([])
})

check(
  'POST-16',
  'Every protected path answers 401 to a wrong API key, in either of the two schemes.',
  withWrongKey,
  (answers, { expect }) => {
    expect(Object.keys(answers), 'protected paths that were asked').toHaveLength(2 * PROTECTED.length)
    expect(notRefused(answers), 'protected paths that a wrong key opens').toEqual([])
  },
)

check(
  'POST-17',
  'Every protected path answers 401 to the right API key in a scheme that is not offered.',
  inWrongScheme,
  (answers, { expect }) => {
    expect(Object.keys(answers), 'protected paths that were asked').toHaveLength(2 * PROTECTED.length)
    expect(notRefused(answers), 'protected paths that a wrong scheme opens').toEqual([])
  },
)

check(
  'POST-18',
  'Every protected path that reads accepts the right API key, as bearer token and as X-API-Key header.',
  (target) => ({
    ...prefixed('Bearer', askProtected(target, 'POST-18', { apiKey: 'apiKey', effect: 'read' }, READING)),
    ...prefixed('X-API-Key', askProtected(target, 'POST-18', { apiKey: 'apiKey', scheme: 'X-API-Key', effect: 'read' }, READING)),
  }),
  (answers, { expect }) => {
    const refused = Object.entries(answers)
      .filter(([, { status }]) => status === 401 || status === 403)
      .map(([path, { status }]) => `${path} answers ${status}`)
    expect(Object.keys(answers), 'requests that were made').toHaveLength(2 * READING.length)
    expect(refused, 'protected paths that refuse the right key').toEqual([])
  },
)

check(
  'POST-19',
  'No answer repeats the API key that was sent, be it right or wrong.',
  (target) => {
    const right = Object.values(inWrongScheme(target)).map((probe) => echo(probe, 'apiKey'))
    return { wrong: Object.values(withWrongKey(target)), right }
  },
  ({ wrong, right }, { expect }) => {
    const repeated = [
      ...wrong
        .filter((answer) => textOf(answer).includes(WRONG_KEY))
        .map(({ status }) => `a wrong key, in an answer of ${status}`),
      ...right.filter(({ echoed }) => echoed).map(({ status }) => `the right key, in an answer of ${status}`),
    ]
    expect(wrong.length * right.length, 'answers that were searched').toBeGreaterThan(0)
    expect(repeated, 'keys that came back').toEqual([])
  },
)

chain(
  'POST-20',
  'A hook that is refused for its key leaves no row.',
  (target) => ({
    refused: sharedOnce(refusedHook(target)),
    rows: perRun((run) =>
      sql(target.part('postgres'), {
        operation: 'SELECT the number of rows of a refused hook FROM hook_events',
        text: 'SELECT count(*)::int AS rows FROM hook_events WHERE resource_id = $1',
        values: [fillingOf(target, 'POST-15', run).id],
        row: z.object({ rows: z.int() }),
      }),
    ),
  }),
  async ({ refused, rows }, { observe, expect }) => {
    expect((await observe(refused)).status, 'status of the hook without a key').toBe(401)
    expect(await observe(rows), 'rows of the refused hook').toEqual([{ rows: 0 }])
  },
)

/** The hook among the requests without a key. */
function refusedHook(target: Target) {
  const probe = withoutKey(target)['POST /hooks']
  if (probe === undefined) throw new Error('no hook is among the protected paths')
  return probe
}

function prefixed<T>(scheme: string, probes: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(probes).map(([path, probe]) => [`${path} (${scheme})`, probe]))
}

function textOf({ headers, body }: HttpAnswer): string {
  return `${Object.values(headers).join('\n')}\n${body}`
}
