import { Unobserved } from '../outcome.ts'
import type { HostSpec } from '../targets/schema.ts'
import { localShell } from './local.ts'
import type { Shell } from './shell.ts'

/** Opens the way to a host. @throws Unobserved for the ways that do not exist yet. */
export async function openShell(host: HostSpec): Promise<Shell> {
  if (host.shell === 'local') return localShell()
  throw new Unobserved({
    id: `shell:${host.shell}:${host.address}`,
    text: `${host.address} is to be reached by ${host.shell}, but the ${host.shell} shell arrives with the live target; until then run this suite on the machine itself with \`shell: local\``,
  })
}

/** What tells one host from another, however many roles it plays: `local`, `local:/a/tree`, `ssh:deploy@example.test`. */
export function hostAddress(host: HostSpec): string {
  const place = host.shell === 'local' ? 'local' : `${host.shell}:${host.address}`
  return host.root === '' ? place : `${place}:${host.root}`
}
