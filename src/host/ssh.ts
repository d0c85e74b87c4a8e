import type { HostSpec } from '../targets/schema.ts'
import type { Shell } from './shell.ts'
import { socketDirectory } from './ssh/directory.ts'
import { type Master, type MasterOptions, openMaster, unreachable } from './ssh/master.ts'
import { sshShell } from './ssh/session.ts'

export { type Forward, openForwards } from './ssh/forward.ts'
export { type Master, openMaster } from './ssh/master.ts'
export { isUp, lostConnection } from './ssh/session.ts'

/**
 * A shell over the run's one connection to that host; where the run has opened none (to a vantage, say), or for data in bulk,
 * over one of its own, which ends with the shell.
 * @throws Unreachable with the cause in words
 */
export async function openSshShell({ address, sshConfig, connection }: HostSpec, { bulk = false } = {}): Promise<Shell> {
  if (connection !== undefined && 'failed' in connection) throw unreachable(address, connection.failed)
  if (connection !== undefined && !bulk) return sshShell(connection.control, address)
  const { directory, remove } = await socketDirectory()
  const master = await openOr(remove, { destination: address, sshConfig, directory, bulk })
  return {
    ...sshShell(master.control, address),
    async close() {
      await master.close()
      await remove()
    },
  }
}

async function openOr(undo: () => Promise<void>, options: Omit<MasterOptions, 'watchdog' | 'signal'>): Promise<Master> {
  try {
    return await openMaster({ ...options, signal: new AbortController().signal })
  } catch (error) {
    await undo()
    throw error
  }
}
