import type { TargetSpec } from '../schema.ts'
import type { Service } from '../target.ts'
import { Target } from '../target.ts'
import type { Authority, Issued, IssueOptions } from './certificates.ts'

/** A service's certificate, where it lies on the host, and every public name that it is presented for. */
export interface PublicCertificate {
  readonly service: string
  readonly certificateFile: string
  readonly keyFile: string
  readonly names: readonly string[]
  readonly issued: Issued
}

/** Issues one certificate for each service that has one; it covers the names of the gateways that route to the service too. */
export async function issueAll(spec: TargetSpec, authority: Authority): Promise<PublicCertificate[]> {
  const target = new Target(spec)
  return Promise.all(
    target.services.flatMap((service) => {
      const names = namesOf(target, service)
      return names.length === 0 ? [] : [issueFor(service, names, authority, {})]
    }),
  )
}

async function issueFor(
  service: Service,
  names: readonly string[],
  authority: Authority,
  changes: Partial<IssueOptions>,
): Promise<PublicCertificate> {
  return {
    service: service.name,
    certificateFile: service.certificate ?? `${service.name}.crt`,
    keyFile: service.key ?? `${service.name}.key`,
    names,
    issued: await authority.issue({ names, ...changes }),
  }
}

function namesOf(target: Target, service: Service): string[] {
  const hosts = target.endpoints.filter((endpoint) => endpoint.service === service.name).map(({ url }) => url.hostname)
  return [...new Set(hosts)]
}
