import type { Facts, SectionName } from '../../src/host/facts.ts'
import { hostAddress } from '../../src/host/open.ts'
import type { Probe } from '../../src/probe.ts'
import { hostFact } from '../../src/probes/host.ts'
import type { Target } from '../../src/targets/target.ts'

/** The roles that the runbook knows, the services host first. */
export const ROLES = ['services', 'database', 'broker'] as const
export type Role = (typeof ROLES)[number]

/** One machine of the target, with every role that it plays. */
export interface Machine {
  readonly roles: readonly Role[]
  /** As a person would say it: `services and database host`. */
  readonly name: string
}

/** The machines of a target, each once. @throws NotApplicable or Unobserved where not even the services host is described. */
export function machines(target: Target): Machine[] {
  target.host('services')
  const byAddress = new Map<string, Role[]>()
  for (const role of ROLES) {
    const host = target.spec.hosts[role]
    if (host === undefined || target.spec.parts[`hosts.${role}`] === 'none') continue
    const address = hostAddress(host)
    byAddress.set(address, [...(byAddress.get(address) ?? []), role])
  }
  return [...byAddress.values()].map((roles) => ({ roles, name: `${listed(roles)} host` }))
}

/** The machine that plays a role. @throws NotApplicable or Unobserved where the target has none. */
export function machineOf(target: Target, role: Role): Machine {
  target.host(role)
  const found = machines(target).find(({ roles }) => roles.includes(role))
  return found ?? { roles: [role], name: `${role} host` }
}

/** The same section of every machine, in the order of `machines`. */
export function ofEachMachine<S extends SectionName>(target: Target, section: S): Probe<Facts<S>>[] {
  return machines(target).map(({ roles: [role = 'services'] }) => hostFact(target, role, section))
}

/** Answers beside the machines that gave them. */
export function beside<T>(target: Target, answers: readonly T[]): { readonly machine: Machine; readonly facts: T }[] {
  return machines(target).flatMap((machine, index) => {
    const facts = answers[index]
    return facts === undefined ? [] : [{ machine, facts }]
  })
}

function listed(words: readonly string[]): string {
  const [last = '', ...before] = [...words].reverse()
  return before.length === 0 ? last : `${before.reverse().join(', ')} and ${last}`
}
