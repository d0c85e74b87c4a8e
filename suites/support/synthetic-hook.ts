import type { Probe } from '../../src/probe.ts'
import { type HttpAnswer, type HttpOptions, http } from '../../src/probes/http.ts'
import { perRun } from '../../src/probes/per-run.ts'
import type { Target } from '../../src/targets/target.ts'
import { endpointRequest } from './endpoint.ts'
import { type Filling, payload } from './payloads.ts'
import { publicEndpoint } from './public-endpoint.ts'

/** What is posted in place of the fixture's placeholders, for the hook of that purpose (`POST-21`, say) in that run. */
export function fillingOf(target: Target, purpose: string, run: string): Filling {
  return { ...target.spec.synthetic, run, id: `runbook-${run}-${purpose}` }
}

/**
 * One marked hook, posted through the public name with the API key: its source tells consumers to ignore it, its data tells the
 * run, its resource_id is its own. `changes` alter the request.
 */
export function postHook(target: Target, file: string, purpose: string, changes: Partial<HttpOptions> = {}): Probe<HttpAnswer> {
  return postText(target, (filling) => payload(file, filling), purpose, changes)
}

/** As postHook, with a body that is no fixture. */
export function postText(
  target: Target,
  bodyOf: (filling: Filling) => string,
  purpose: string,
  changes: Partial<HttpOptions> = {},
): Probe<HttpAnswer> {
  const reaching = endpointRequest(target, publicEndpoint(target, 'hook-receiver'))
  return perRun((run) =>
    http({
      ...reaching,
      path: '/hooks',
      method: 'POST',
      effect: 'synthetic-write',
      apiKey: 'apiKey',
      headers: { 'content-type': 'application/json' },
      body: bodyOf(fillingOf(target, purpose, run)),
      ...changes,
    }),
  )
}
