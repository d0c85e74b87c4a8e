import { hostAddress } from '../host/open.ts'
import type { Shell } from '../host/shell.ts'
import type { Session } from '../probe.ts'
import type { HostSpec } from '../targets/schema.ts'

/** The one shell that a run has on a host, opened when it is first asked for and closed with the run. */
export async function keptShell(session: Session, host: HostSpec): Promise<Shell> {
  const { openShell } = await import('../host/open.ts')
  return session.keep(
    `shell:${hostAddress(host)}`,
    () => openShell(host),
    (shell) => shell.close(),
  )
}
