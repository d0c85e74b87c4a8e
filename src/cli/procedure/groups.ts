import type { ComposeModel } from '../../probes/compose.ts'
import type { Platform } from '../../procedures/platform.ts'

/**
 * The services of a compose project in the groups in which a deploy starts them: the product's own as the target names them; what
 * these need, directly or not, is infrastructure; what needs these is the gateway; all else is monitoring. Within a group what
 * is needed comes first. Services that need a profile, or are run once, are in none.
 */
export function groupsOf({ services }: ComposeModel, product: readonly string[], runOnce: readonly string[]): Platform['groups'] {
  const usual = services.filter(({ name, profiles }) => profiles.length === 0 && !runOnce.includes(name))
  const needs = new Map(usual.map(({ name, dependsOn }) => [name, Object.keys(dependsOn)]))
  const ordered = usual.map(({ name }) => name).toSorted((a, b) => depth(a, needs) - depth(b, needs))
  const own = ordered.filter((name) => product.includes(name))
  const below = new Set(own.flatMap((name) => everythingBelow(name, needs)))
  const isBelow = (name: string): boolean => below.has(name) && !own.includes(name)
  const isAbove = (name: string): boolean =>
    !own.includes(name) && everythingBelow(name, needs).some((other) => own.includes(other))
  return {
    infrastructure: ordered.filter(isBelow),
    services: own,
    monitoring: ordered.filter((name) => !own.includes(name) && !isBelow(name) && !isAbove(name)),
    gateway: ordered.filter((name) => !isBelow(name) && isAbove(name)),
  }
}

function everythingBelow(name: string, needs: ReadonlyMap<string, readonly string[]>, seen = new Set<string>()): string[] {
  for (const other of needs.get(name) ?? []) {
    if (seen.has(other)) continue
    seen.add(other)
    everythingBelow(other, needs, seen)
  }
  return [...seen]
}

function depth(name: string, needs: ReadonlyMap<string, readonly string[]>): number {
  return everythingBelow(name, needs).length
}
