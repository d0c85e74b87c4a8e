import type { Attempt } from '../../src/probes/attempt.ts'
import type { HttpAnswer, HttpOptions } from '../../src/probes/http.ts'
import { joinHostPort } from '../../src/probes/reproduce.ts'
import type { Endpoint, Target } from '../../src/targets/target.ts'

/** The public name asked in plain HTTP, without the API key: it would be on the wire for everybody. */
export function plainHttpRequest(target: Target, { name, url }: Endpoint): HttpOptions {
  const port = target.spec.tls.plainPort
  const override = target.spec.dns.overrides[url.hostname]
  return {
    system: name,
    url: `http://${joinHostPort(url.hostname, port)}`,
    path: '/health',
    ...(override === undefined ? {} : { connectTo: joinHostPort(override, port) }),
  }
}

/** Why plain HTTP to that name is not refused or redirected; undefined where it is. */
export function plainHttpProblem(name: string, found: Attempt<HttpAnswer>): string | undefined {
  if (!found.answered) return found.hung ? `${name} takes the connection and says nothing` : undefined
  const { status, headers } = found.answer
  if (status >= 400) return undefined
  if (![301, 302, 303, 307, 308].includes(status)) return `${name} answers ${status} without TLS`
  const location = headers.location ?? ''
  const goal = URL.parse(location)
  if (goal?.protocol === 'https:' && goal.hostname === name) return undefined
  return `${name} redirects to ${location || 'nowhere'} and not to https://${name}`
}
