import type { Effect } from '../effect.ts'
import type { HostSpec } from '../targets/schema.ts'
import { localShell } from './local.ts'
import type { Shell } from './shell.ts'

/** Opens the way to a host; `bulk` where much data comes that way. @throws Unreachable where there is none, with the cause in words */
export async function openShell(host: HostSpec, { bulk = false } = {}): Promise<Shell> {
  if (host.shell === 'local') return localShell()
  // Imported only where they are needed: listing and planning open nothing.
  if (host.shell === 'ssh') return (await import('./ssh.ts')).openSshShell(host, { bulk })
  return (await import('./container.ts')).containerShell(host.address)
}

/** What a reading command does to a host: in a container it is run by the engine. */
export function shellEffect({ shell }: HostSpec): Effect {
  return shell === 'container' ? 'exec' : 'read'
}

/** What tells one host from another, however many roles it plays: `local`, `local:/a/tree`, `ssh:deploy@example.test`. */
export function hostAddress(host: HostSpec): string {
  const place = host.shell === 'local' ? 'local' : `${host.shell}:${host.address}`
  return host.root === '' ? place : `${place}:${host.root}`
}
