import type { Facts } from '../../src/host/facts.ts'

/** In words why the host does not reach the address; nothing where it does. */
export function reached(targets: Facts<'connectivity'>['targets'], address: string): string[] {
  const found = targets.find((target) => target.address === address)
  if (found === undefined) return [`${address} was not tried`]
  return found.result === 'open' ? [] : [`${address}: ${found.result}`]
}
