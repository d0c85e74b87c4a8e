import type { Probe } from '../../src/probe.ts'
import { type HttpAnswer, type HttpOptions, http } from '../../src/probes/http.ts'
import { perRun } from '../../src/probes/per-run.ts'
import type { Target } from '../../src/targets/target.ts'
import { endpointRequest } from './endpoint.ts'
import { payload } from './payloads.ts'
import { PROTECTED } from './protected-paths.ts'
import { publicEndpoint } from './public-endpoint.ts'
import { fillingOf } from './synthetic-hook.ts'

/** A key of the right form that nobody was given. */
export const WRONG_KEY = 'omninode-bridge-00000000000000000000000000000000-0000'

/**
 * Each protected path asked with those credentials, by `METHOD path`. A refusal is written down by the system under test, hence
 * the effect. The hooks among them are well formed, so that nothing but the key can be the reason of a refusal.
 */
export function askProtected(
  target: Target,
  purpose: string,
  credentials: Partial<HttpOptions>,
  paths = PROTECTED,
): Record<string, Probe<HttpAnswer>> {
  return Object.fromEntries(
    paths.map(({ service, method, path }) => [
      `${method} ${path}`,
      perRun((run) =>
        http({
          ...endpointRequest(target, publicEndpoint(target, service)),
          method: method ?? 'GET',
          path,
          effect: 'synthetic-write',
          ...(method === 'POST' ? { body: payload('valid/minimal.json', fillingOf(target, purpose, run)) } : {}),
          ...credentials,
          headers: { ...(method === 'POST' ? { 'content-type': 'application/json' } : {}), ...credentials.headers },
        }),
      ),
    ]),
  )
}

/** Each protected path that answered something else than 401. */
export function notRefused(answers: Readonly<Record<string, HttpAnswer>>): string[] {
  return Object.entries(answers)
    .filter(([, { status }]) => status !== 401)
    .map(([path, { status }]) => `${path} answers ${status}`)
}
