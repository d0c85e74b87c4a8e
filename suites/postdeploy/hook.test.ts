import { type Chaining, chain, check } from '../../src/check.ts'
import type { Probe } from '../../src/probe.ts'
import { exportedNames, metrics, sumOf } from '../../src/probes/exposition.ts'
import type { HttpAnswer } from '../../src/probes/http.ts'
import { kafkaMessages } from '../../src/probes/kafka-messages.ts'
import { perRun } from '../../src/probes/per-run.ts'
import { sharedOnce } from '../../src/probes/shared-once.ts'
import type { Target } from '../../src/targets/target.ts'
import { promisedValue } from '../support/answers.ts'
import { serviceRequest } from '../support/endpoint.ts'
import { hookAnswer } from '../support/hook-answer.ts'
import { eventsOfResource, metricsOfEvent, rowsOfEvent } from '../support/hook-row.ts'
import { payload } from '../support/payloads.ts'
import { fillingOf, postHook } from '../support/synthetic-hook.ts'

const PURPOSE = 'POST-21'
/** What may follow from a hook within the same time: its row, its event, its count. */
const within = ({ atMost }: Chaining): number => atMost('hook.within', 10_000, 'ms')
/** The hook may have been posted by an earlier check of the run, and the broker stamps messages by its own clock. */
const CLOCKS_DIFFER_MS = 5 * 60_000

/** The run's one synthetic hook, with every field, shared by all that look for what became of it. */
const theHook = (target: Target): Probe<HttpAnswer> => postHook(target, 'valid/complete.json', PURPOSE)

check(
  'POST-21',
  'A well-formed synthetic hook is accepted: status 200, success, no errors, and an event id that is a UUID.',
  theHook,
  (answer, { expect, measure }) => {
    const { success, errors, processing_time_ms } = hookAnswer(answer, expect)
    measure({ name: 'hook.processing', unit: 'ms', value: processing_time_ms, limit: null, sampleCount: 1, series: [] })
    expect({ success, errors }, `what hook-receiver says of the hook: ${answer.body.slice(0, 300)}`).toEqual({
      success: true,
      errors: [],
    })
  },
)

chain(
  'POST-22',
  'The accepted hook is really stored: within 10 s hook_events holds exactly one row under its event id.',
  (target) => ({ post: sharedOnce(theHook(target)), row: rowsOfEvent(target) }),
  async ({ post, row }, looking) => {
    const eventId = await posted(post, looking)
    const rows = await timed('hook.stored', eventId, looking, (limit) =>
      looking.until(row.with(eventId), ({ length }) => length > 0, limit),
    )
    looking
      .expect(
        rows.map(({ id }) => id),
        `rows of hook_events under the event id ${eventId}`,
      )
      .toEqual([eventId])
  },
)

chain(
  'POST-23',
  'The stored row holds what was sent: source, action, resource, resource id and data are the same.',
  (target) => ({ post: sharedOnce(theHook(target)), row: rowsOfEvent(target), sent: sentIn(target) }),
  async ({ post, row, sent }, looking) => {
    const eventId = await posted(post, looking)
    const rows = await looking.until(row.with(eventId), ({ length }) => length > 0, within(looking))
    looking.expect(rows[0], `the row of ${eventId}`).toEqual({ id: eventId, ...(await looking.observe(sent)) })
  },
)

chain(
  'POST-24',
  'The accepted hook is stored once: no second row carries its resource id.',
  (target) => ({
    post: sharedOnce(theHook(target)),
    row: rowsOfEvent(target),
    all: perRun((run) => eventsOfResource(target, fillingOf(target, PURPOSE, run).id)),
  }),
  async ({ post, row, all }, looking) => {
    const eventId = await posted(post, looking)
    await looking.until(row.with(eventId), ({ length }) => length > 0, within(looking))
    const others = (await looking.observe(all)).filter(({ id }) => id !== eventId)
    looking.expect(others, `rows of the same hook under other ids than ${eventId}`).toEqual([])
  },
)

chain(
  'POST-25',
  'The accepted hook is measured: within 10 s event_metrics holds its processing time and says that its event was published.',
  (target) => ({ post: sharedOnce(theHook(target)), row: metricsOfEvent(target) }),
  async ({ post, row }, looking) => {
    const eventId = await posted(post, looking)
    const rows = await timed('hook.measured', eventId, looking, (limit) =>
      looking.until(row.with(eventId), ({ length }) => length > 0, limit),
    )
    const [first] = rows
    looking.expect(rows, `rows of event_metrics for ${eventId}`).toHaveLength(1)
    looking.expect(first?.processing_time_ms, 'processing_time_ms').toBeGreaterThanOrEqual(0)
    looking.expect(first?.kafka_publish_success, 'kafka_publish_success').toBe(true)
  },
)

chain(
  'POST-26',
  'A further synthetic hook moves the counter of accepted hooks: within 10 s it is higher than before.',
  (target) => ({
    counter: metrics({ ...serviceRequest(target.service('hook-receiver')), path: '/metrics' }),
    post: postHook(target, 'valid/minimal.json', 'POST-26'),
  }),
  async ({ counter, post }, looking) => {
    const { expect, target } = looking
    const name = target.spec.monitoring.acceptedCounter
    const before = promisedValue(await looking.observe(counter), 'what hook-receiver exports', expect)
    expect([...exportedNames(before)], 'metrics that hook-receiver exports').toContain(name)
    const from = sumOf(before, name, target.spec.synthetic)
    const eventId = await posted(post, looking)
    const moved = await timed('hook.counted', eventId, looking, (limit) =>
      looking.until(counter, (answer) => answer.ok && sumOf(answer.value, name, target.spec.synthetic) > from, limit),
    )
    const to = sumOf(promisedValue(moved, 'what hook-receiver exports', expect), name, target.spec.synthetic)
    expect(to, `${name} of synthetic hooks, which was ${from}`).toBeGreaterThan(from)
  },
)

chain(
  'POST-27',
  'The event of the accepted hook is on the topic of its action within 10 s.',
  (target) => ({
    post: sharedOnce(theHook(target)),
    messages: kafkaMessages(target.part('kafka'), { topic: topicOf(target) }),
  }),
  async ({ post, messages }, looking) => {
    const since = new Date(Date.now() - CLOCKS_DIFFER_MS)
    const eventId = await posted(post, looking)
    const found = await timed('hook.published', eventId, looking, (limit) =>
      looking.until(messages.with({ since, text: eventId }), (list) => list.some(({ value }) => value.includes(eventId)), limit),
    )
    const events = found.filter(({ value }) => value.includes(eventId))
    looking.expect(events, `events of ${eventId} on ${topicOf(looking.target)}`).not.toEqual([])
  },
)

/** The topic of the synthetic hooks' action: underscores become hyphens. */
function topicOf({ spec: { names, synthetic } }: Target): string {
  return `${names.topicPrefix}${synthetic.action.toLowerCase().replaceAll('_', '-')}.v1`
}

/** Waits until something has followed from the hook, and puts the time that it took into the report. */
async function timed<T>(name: string, eventId: string, looking: Chaining, wait: (limit: number) => Promise<T>): Promise<T> {
  const limit = within(looking)
  const start = performance.now()
  const result = await wait(limit)
  const value = performance.now() - start
  looking.measure({ name, unit: 'ms', value, limit, sampleCount: 1, series: [] })
  looking.event({ phase: 'synthetic hook', event: `${name} ${eventId}`, store: '' })
  return result
}

/** Posts the hook, or takes the run's one, and gives its event id. */
async function posted(post: Probe<HttpAnswer>, { observe, event, expect }: Chaining): Promise<string> {
  const { event_id, success } = hookAnswer(await observe(post), expect)
  event({ phase: 'synthetic hook', event: `accepted ${event_id}, success: ${success}`, store: '' })
  return event_id
}

/** What the run's one hook said: known as soon as the run's id is. */
function sentIn(target: Target): Probe<Record<string, unknown>> {
  const { access } = theHook(target)
  return {
    kind: 'sent',
    derived: true,
    access: { ...access, operation: 'compare with what was posted' },
    deadlineMs: 1_000,
    async read({ runId }) {
      const { source, action, resource, resource_id, data } = JSON.parse(
        payload('valid/complete.json', fillingOf(target, PURPOSE, runId)),
      ) as Record<string, unknown>
      const value = { source, action, resource, resource_id, payload: data }
      return { value, raw: JSON.stringify(value) }
    },
  }
}
