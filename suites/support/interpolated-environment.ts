import { interpolated } from '../../src/compose/variables.ts'
import type { ComposeService } from '../../src/probes/compose.ts'

/**
 * The environment that compose gives a service: the variables of its environment file where it has one, then its own, with
 * references replaced. A name without value would come from the shell of whoever started it, and is left out.
 */
export function interpolatedEnvironment(service: ComposeService, values: ReadonlyMap<string, string>): Map<string, string> {
  const own = Object.entries(service.environment).filter(([, value]) => value !== '')
  return new Map([
    ...(service.envFiles.length === 0 ? [] : values),
    ...own.map(([name, value]) => [name, interpolated(value, values)] as const),
  ])
}
