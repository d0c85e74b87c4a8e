import { z } from 'zod'
import type { Judging } from '../../src/check.ts'
import type { LoadOptions, LoadResult } from '../../src/probes/load.ts'
import type { Target } from '../../src/targets/target.ts'
import { endpointRequest, serviceRequest } from './endpoint.ts'
import { refuseSpoilt } from './latency.ts'
import type { Filling } from './payloads.ts'
import { fillingOf } from './synthetic-hook.ts'

const answerSchema = z.object({ success: z.boolean(), event_id: z.uuid(), errors: z.array(z.unknown()).default([]) })

interface Size {
  readonly amount: number
  readonly connections: number
  readonly minimumSamples: number
}

/** The source's own numbers are the default profile; a p99 needs a longer one. */
const SIZES = {
  hooks: { default: { amount: 100, connections: 10 }, long: { amount: 500, connections: 10 } },
  reads: { default: { amount: 50, connections: 5 }, long: { amount: 250, connections: 5 } },
} as const
type Length = 'default' | 'long'

function sized(kind: keyof typeof SIZES, length: Length): Size {
  return { ...SIZES[kind][length], minimumSamples: length === 'long' ? 500 : 100 }
}

/** POST /hooks with hooks of our own, each unlike any other of the run; `marker` tells one load's hooks from another's. */
export function hookLoad(target: Target, marker: string, length: Length = 'default'): LoadOptions {
  const { minimumSamples, ...profile } = sized('hooks', length)
  return {
    ...publicly(target, 'hook-receiver'),
    path: '/hooks',
    method: 'POST',
    apiKey: 'apiKey',
    headers: { 'content-type': 'application/json' },
    body: (run, sequence) => hook(fillingOf(target, `${marker}-${sequence}`, run)),
    judge: accepted,
    profile,
    minimumSamples,
  }
}

/** The same load, which may go on for as long as something that is measured under it has to be measured anew. */
export function longEnough(load: LoadOptions): LoadOptions {
  return { ...load, maximumRequests: 3_000 }
}

/** As hookLoad, for what takes seconds to be observed: 50 a second for 4 seconds, so that an observation does not cost thousands. */
export function pacedHookLoad(target: Target, marker: string): LoadOptions {
  return { ...hookLoad(target, marker), profile: { rate: 50, seconds: 4 }, maximumRequests: 1_000 }
}

/** GET /models/available. An answer is waited for well beyond what it may take, so that one that is too slow is told by its time. */
export function modelLoad(target: Target, length: Length = 'default'): LoadOptions {
  const { minimumSamples, ...profile } = sized('reads', length)
  const request = { path: '/models/available', apiKey: 'apiKey', timeoutMs: 15_000 }
  return { ...publicly(target, 'model-metrics'), ...request, profile, minimumSamples }
}

/** GET of the workflow-coordinator's health endpoint, the one thing that every release of it answers. */
export function workflowLoad(target: Target, length: Length = 'default'): LoadOptions {
  const { minimumSamples, ...profile } = sized('reads', length)
  const path = target.service('workflow-coordinator').health
  return { ...publicly(target, 'workflow-coordinator'), path, profile, minimumSamples }
}

/** What share of the requests failed, whichever way. Fails with the first failures in words. */
export function judgeErrors(result: LoadResult, name: string, { atMost, measure, expect }: Judging): void {
  const most = atMost(name, 1, '%')
  // What was under way when the load had to end is neither an answer nor a failure.
  const settled = result.sent - result.failures.unanswered
  const failed = settled - result.accepted
  const percent = settled === 0 ? 100 : (failed * 100) / settled
  measure({ name, unit: '%', value: percent, limit: most, sampleCount: settled, series: [] })
  expect(settled, 'requests that were answered or failed').toBeGreaterThan(0)
  expect(percent, `percentage of ${settled} requests that failed; ${result.examples.join('; ')}`).toBeLessThan(most)
}

/** Accepted requests a second; unobserved where observer or machine may be why they are too few. */
export function judgeThroughput(result: LoadResult, name: string, least: number, judging: Judging): void {
  const limit = judging.atLeast(name, least, '1/s')
  const { throughput, accepted } = result
  judging.measure({ name, unit: '1/s', value: throughput, limit, sampleCount: accepted, series: [] })
  judging.expect(accepted, 'accepted requests').toBeGreaterThan(0)
  // So few a second means so long for each, on every connection.
  const each = (perSecond: number): number => (result.connections * 1_000) / perSecond
  const { observerDelay, machine } = result
  refuseSpoilt({ name, value: each(throughput), limit: each(limit), delayMs: observerDelay.p95, machine }, judging)
  judging.expect(throughput, 'accepted requests a second').toBeGreaterThanOrEqual(limit)
}

function publicly(target: Target, service: string): Pick<LoadOptions, 'system' | 'url' | 'connectTo' | 'ca'> {
  const own = target.service(service)
  const endpoint = target.endpoints.find(({ name }) => name === service)
  return endpoint === undefined ? serviceRequest(own) : endpointRequest(target, endpoint)
}

/** Built and not read from fixtures/payloads: reading a file for each request would make the observer late. */
function hook({ source, action, run, id }: Filling): string {
  return JSON.stringify({ source, action, resource: 'load', resource_id: id, data: { run } })
}

/** A failed hook is still HTTP 200: only the body tells. */
function accepted(_status: number, body: string): ReturnType<NonNullable<LoadOptions['judge']>> {
  const answer = answerSchema.safeParse(parsed(body))
  if (!answer.success) return { ok: false, why: `the answer is not that of an accepted hook: ${body.slice(0, 200)}` }
  const { success, event_id, errors } = answer.data
  return success ? { ok: true, id: event_id } : { ok: false, why: `success is false: ${JSON.stringify(errors)}` }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
