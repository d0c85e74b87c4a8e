import { z } from 'zod'
import type { Probe } from '../../src/probe.ts'
import { type HttpAnswer, http } from '../../src/probes/http.ts'
import type { Endpoint, Target } from '../../src/targets/target.ts'
import { endpointRequest, healthRequest } from './endpoint.ts'

const schema = z.object({
  status: z.string(),
  service: z.string().optional(),
  version: z.string().optional(),
  dependencies: z.record(z.string(), z.object({ status: z.string() })).optional(),
})
export type Health = z.infer<typeof schema>

/** The health of the service behind a public name, asked through that name. */
export function publicHealth(target: Target, endpoint: Endpoint): Probe<HttpAnswer> {
  return http({ ...endpointRequest(target, endpoint), ...healthRequest(target.service(endpoint.service)) })
}

/** The content of a health answer; undefined where it is none. */
export function healthOf({ json }: HttpAnswer): Health | undefined {
  return schema.safeParse(json).data
}

/** Why a health answer is not that of a healthy service, dependencies by name; empty where it is. */
export function healthProblems(answer: HttpAnswer): string[] {
  const health = healthOf(answer)
  if (health === undefined) return [`answered ${answer.status} without a health status: ${answer.body.slice(0, 200)}`]
  return [
    ...(answer.status === 200 ? [] : [`answered ${answer.status}`]),
    ...(health.status === 'healthy' ? [] : [`says it is ${health.status}`]),
    ...unhealthyDependencies(health),
  ]
}

/** Each dependency that is named and not healthy. */
export function unhealthyDependencies({ dependencies = {} }: Health): string[] {
  return Object.entries(dependencies).flatMap(([name, { status }]) =>
    status === 'healthy' ? [] : [`its dependency ${name} is ${status}`],
  )
}
