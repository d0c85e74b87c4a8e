import { Unobserved } from '../../src/outcome.ts'
import type { Endpoint, Target } from '../../src/targets/target.ts'

/** The public name of a service. @throws NotApplicable where the target lacks the service, Unobserved where it has no public name. */
export function publicEndpoint(target: Target, service: string): Endpoint {
  target.service(service)
  const endpoint = target.endpoints.find(({ name }) => name === service)
  if (endpoint !== undefined) return endpoint
  const key = `services.${service}.public`
  throw new Unobserved({ id: `undescribed:${key}`, text: `target ${target.name} does not say \`${key}\`; add it to its file` })
}

/** Every public name. @throws Unobserved where the target has none: a list of nothing would prove nothing. */
export function publicEndpoints(target: Target): Endpoint[] {
  if (target.endpoints.length > 0) return target.endpoints
  const text = `target ${target.name} has no public name; add \`services.*.public\` to its file`
  throw new Unobserved({ id: 'undescribed:services.*.public', text })
}
