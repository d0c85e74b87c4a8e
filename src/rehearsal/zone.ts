import { localShell } from '../host/local.ts'
import type { Shell } from '../host/shell.ts'
import { socketDirectory } from '../host/ssh/directory.ts'
import { openMaster, unreachable } from '../host/ssh/master.ts'
import { sshShell } from '../host/ssh/session.ts'
import { openForwards } from '../host/ssh.ts'
import { Unobserved } from '../outcome.ts'
import { freePort } from '../targets/free-port.ts'
import type { HostSpec } from '../targets/schema.ts'

/** A machine inside the zone on which a rehearsal takes place. */
export interface Zone {
  readonly shell: Shell
  /** Opens a way from here to a port of its loopback; returns the near end’s port. */
  forward(port: number): Promise<number>
  close(): Promise<void>
}

/** Connects to it, by a connection of the rehearsal’s own. @throws Unreachable with the cause in words */
export async function openZone({ shell, address, sshConfig, connection }: HostSpec, signal: AbortSignal): Promise<Zone> {
  if (shell === 'local') return { shell: localShell(), forward: async (port) => port, close: async () => undefined }
  if (shell === 'container')
    throw new Unobserved({
      id: 'rehearsal:host',
      text: 'rehearsal.host is a container; name a machine that is reached by ssh, or this one',
    })
  if (connection !== undefined && 'failed' in connection) throw unreachable(address, connection.failed)
  const { directory, remove } = await socketDirectory()
  const master = await openMaster({ destination: address, sshConfig, directory, signal }).catch(async (error: unknown) => {
    await remove()
    throw error
  })
  return {
    shell: sshShell(master.control, address),
    async forward(port) {
      const near = await freePort()
      await openForwards(master.control, address, [{ local: `127.0.0.1:${near}`, inner: `127.0.0.1:${port}` }])
      return near
    },
    async close() {
      await master.close()
      await remove()
    },
  }
}
