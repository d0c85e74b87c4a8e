import { NotApplicable, Unobserved } from '../outcome.ts'
import type { HostSpec, ServiceSpec, TargetSpec } from './schema.ts'

type Part = 'apiKey' | 'postgres' | 'redis' | 'kafka' | 'prometheus' | 'alertmanager' | 'grafana' | 'docker' | 'compose'

/** What ends TLS for the public names, under whatever name it runs. */
export const GATEWAY = 'gateway'

export interface Host extends HostSpec {
  readonly role: string
}

export interface Service extends ServiceSpec {
  readonly name: string
}

/** A public name of the target: a service’s, or a gateway’s that routes to one. */
export interface Endpoint {
  readonly name: string
  readonly url: URL
  /** The service that answers behind it. */
  readonly service: string
}

/** What the suites see of a target: its description, with every absent part turned into the right outcome. */
export class Target {
  readonly spec: TargetSpec

  constructor(spec: TargetSpec) {
    this.spec = spec
  }

  get name(): string {
    return this.spec.name
  }

  get kind(): TargetSpec['kind'] {
    return this.spec.kind
  }

  /** The description of a part. @throws NotApplicable where the target lacks it, Unobserved where its file does not say where it is. */
  part<P extends Part>(part: P): NonNullable<TargetSpec[P]> {
    this.requirePart(part)
    const spec = this.spec[part]
    if (spec === undefined) throw this.undescribed(part)
    return spec as NonNullable<TargetSpec[P]>
  }

  /** @throws NotApplicable where the target says that it has no such part, Unobserved where it could not be started. */
  requirePart(part: string): void {
    const state = this.spec.parts[part]
    // The prefix tells that the whole run is inconclusive: what should have run did not.
    if (typeof state === 'object') throw new Unobserved({ id: `target:part:${state.root}`, text: state.failed })
    if (state !== 'none') return
    throw new NotApplicable(
      this.kind === 'embedded'
        ? absentFromEmbedded(part)
        : this.kind === 'ephemeral'
          ? `this run of ${this.name} has no ${part}; where it is optional, the report’s head says why`
          : `target ${this.name} declares parts.${part}: none`,
    )
  }

  /** @throws Unobserved where some part should run and could not be started: nothing can be said of all of them. */
  requireWhole(): void {
    for (const [part, state] of Object.entries(this.spec.parts)) if (typeof state === 'object') this.requirePart(part)
  }

  host(role: string): Host {
    this.requirePart(`hosts.${role}`)
    const spec = this.spec.hosts[role]
    if (spec === undefined) throw this.undescribed(`hosts.${role}`)
    return { role, ...spec }
  }

  get hosts(): Host[] {
    return Object.entries(this.spec.hosts).map(([role, spec]) => ({ role, ...spec }))
  }

  service(name: string): Service {
    this.requirePart(name)
    const spec = this.spec.services[name]
    if (spec === undefined) throw this.undescribed(`services.${name}`)
    return { name, ...spec }
  }

  /** @throws Unobserved where one of them could not be started: what holds of every service cannot be told then. */
  get services(): Service[] {
    for (const name of Object.keys(this.spec.services)) if (typeof this.spec.parts[name] === 'object') this.requirePart(name)
    return this.runningServices
  }

  /** Those services that run, whether or not others should and do not. */
  get runningServices(): Service[] {
    return Object.entries(this.spec.services)
      .filter(([name]) => this.spec.parts[name] === undefined || this.spec.parts[name] === 'optional')
      .map(([name, spec]) => ({ name, ...spec }))
  }

  /** Every public name: of the services, then of the gateways. */
  get endpoints(): Endpoint[] {
    return this.#endpointsOf(this.services)
  }

  /** The public names of those services that run, and of every gateway; none where the gateway does not run. */
  get runningEndpoints(): Endpoint[] {
    const gateway = this.spec.parts[GATEWAY] ?? 'optional'
    return gateway === 'optional' ? this.#endpointsOf(this.runningServices) : []
  }

  #endpointsOf(services: readonly Service[]): Endpoint[] {
    // Public names are the gateway's: without it nothing can be said of what they lead to.
    this.requirePart(GATEWAY)
    const own = services.flatMap(({ name, public: url }) =>
      url === undefined ? [] : [{ name, url: new URL(url), service: name }],
    )
    const gateways = Object.entries(this.spec.gateways).map(([name, gateway]) => ({
      name,
      url: new URL(gateway.public),
      service: gateway.routesTo,
    }))
    return [...own, ...gateways]
  }

  private undescribed(key: string): Unobserved {
    return new Unobserved({
      id: `undescribed:${key}`,
      text: `target ${this.name} does not say where ${key} is; add \`${key}\` to its file, or declare \`parts: { ${key}: none }\``,
    })
  }
}

/** What containers bring and a target without them cannot have. */
const CONTAINER_PARTS: readonly string[] = ['docker', 'kafka', 'redis', 'prometheus', 'alertmanager', 'grafana'] satisfies Part[]

function absentFromEmbedded(part: string): string {
  return CONTAINER_PARTS.includes(part) ? `embedded has no ${part}; --target=ephemeral has` : `embedded has no ${part}`
}
