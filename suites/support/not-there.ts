import { absenceAt } from '../../src/host/absence.ts'
import type { Cause } from '../../src/outcome.ts'
import { absent } from '../../src/probes/host.ts'
import type { Target } from '../../src/targets/target.ts'

/** A path of the services host that a line is about, and what is wrong with it. */
export interface NotThere {
  /** What it is, such as `the directory of backups`. */
  readonly what: string
  /** Where the target file says where it is, such as `paths.backups`. */
  readonly setting: string
  /** Such as `holds no backup`; where it says nothing, the path does not exist. */
  readonly state?: string
}

/** Why a line is unobserved: nothing is there to judge. It is the same cause for every line that misses the same path. */
export function notThere(target: Target, path: string, { what, setting, state = 'is not there' }: NotThere): Cause {
  return absent(target, 'services', absenceAt(path, { what, setting, state }), '').rootCause
}
