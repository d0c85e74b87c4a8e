import { joinHostPort } from '../../src/probes/reproduce.ts'
import type { TlsOptions } from '../../src/probes/tls.ts'
import type { Endpoint, Target } from '../../src/targets/target.ts'
import { portOf } from './endpoint.ts'

/** How to see what a public name presents: the target's CA, and the address that the target file puts in place of its DNS. */
export function tlsRequest(target: Target, { name, url }: Endpoint): TlsOptions {
  const override = target.spec.dns.overrides[url.hostname]
  const { ca } = target.spec.tls
  return {
    system: name,
    name: url.hostname,
    port: portOf(url),
    ...(override === undefined ? {} : { connectTo: joinHostPort(override, portOf(url)) }),
    ...(ca === undefined ? {} : { ca }),
  }
}
