import { Unreachable } from './outcome.ts'
import type { Access } from './probe.ts'
import type { Forwarded } from './targets/schema.ts'

/** Where something is as the hosts see it: the far end of a forward, or the address itself where it is none. */
export function innerAddress(forwarded: Forwarded, address: string): string {
  return forwarded[address]?.inner ?? address
}

/** An access in words that mean something after the run: its forward is gone then, and an operator must open one first. */
export function asShown(forwarded: Forwarded, access: Access): Access {
  const carried = carriedBy(forwarded, access.address)
  if (carried === undefined) return access
  const { local, inner, destination } = carried
  return {
    ...access,
    address: `${inner} (through ssh ${destination})`,
    reproduce: `ssh -f -N -L ${local}:${inner} ${destination} && ${access.reproduce}`,
  }
}

/** The forward that an access goes through; several brokers stand for the first. */
export function carriedBy(forwarded: Forwarded, address: string): (Forwarded[string] & { readonly local: string }) | undefined {
  const [local = ''] = address.split(',')
  const carried = forwarded[local]
  return carried === undefined ? undefined : { local, ...carried }
}

/** Why nothing can be reached through that host; undefined where it can, or where an access needs no forward. */
export function withoutForward(forwarded: Forwarded, address: string): Unreachable | undefined {
  const carried = carriedBy(forwarded, address)
  if (carried?.failed === undefined) return undefined
  return new Unreachable(`ssh:${carried.destination}`, carried.failed, { refused: false })
}
