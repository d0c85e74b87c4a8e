import type { HttpOptions } from '../../src/probes/http.ts'
import { joinHostPort } from '../../src/probes/reproduce.ts'
import type { Endpoint, Service, Target } from '../../src/targets/target.ts'

type Reaching = Pick<HttpOptions, 'system' | 'url' | 'connectTo' | 'ca'>

/** The port of a URL, its protocol's own where it names none. */
export function portOf(url: URL): number {
  return Number(url.port || (url.protocol === 'https:' ? 443 : 80))
}

/** How to reach a public name: the target's CA, and the address that the target file puts in place of its DNS. */
export function endpointRequest(target: Target, endpoint: Endpoint): Reaching {
  const override = target.spec.dns.overrides[endpoint.url.hostname]
  const ca = target.spec.tls.ca
  return {
    system: endpoint.name,
    url: endpoint.url,
    ...(override === undefined ? {} : { connectTo: joinHostPort(override, portOf(endpoint.url)) }),
    ...(ca === undefined ? {} : { ca }),
  }
}

/** How to reach a service at its inner address. */
export function serviceRequest(service: Service): Reaching {
  return { system: service.name, url: new URL(service.url) }
}

/** What a service's health endpoint asks for: its path, and the key where it wants one. */
export function healthRequest(service: Service): Pick<HttpOptions, 'path' | 'apiKey'> {
  return { path: service.health, ...(service.healthNeedsKey ? { apiKey: 'apiKey' } : {}) }
}
