import { noEngine } from '../host/absence.ts'
import type { Facts } from '../host/facts.ts'
import { derived, type Probe } from '../probe.ts'
import type { Target } from '../targets/target.ts'
import { absent, hostFact } from './host.ts'

/** The container engine of the host of that role, as its client there tells of it. Throws Absent where it does not answer. */
export function runningEngine(target: Target, role: string): Probe<Facts<'engine'>> {
  return derived(hostFact(target, role, 'engine'), {
    operation: 'collect facts: engine, which answers its client',
    pick: (value, raw) => {
      const absence = noEngine(value)
      if (absence !== undefined) throw absent(target, role, absence, raw)
      return { value, raw }
    },
  })
}

/** The engine's own configuration file on the host of that role. Throws Absent where there is none. */
export function daemonFile(target: Target, role: string): Probe<Facts<'engine'>['daemonJson']> {
  return derived(hostFact(target, role, 'engine'), {
    operation: 'collect facts: daemon.json',
    pick: ({ daemonJson }, raw) => {
      if (daemonJson.exists) return { value: daemonJson, raw }
      const absence = {
        thing: daemonJson.path,
        what: `the engine’s configuration ${daemonJson.path}`,
        state: 'is not there',
        advice: 'write it and restart the engine',
        isAbove: false,
      }
      throw absent(target, role, absence, raw)
    },
  })
}
