import type { Shell } from '../../host/shell.ts'
import { openMaster } from '../../host/ssh/master.ts'
import { sshShell } from '../../host/ssh/session.ts'
import type { Watchdog } from '../../watchdog/index.ts'
import { socketDirectory } from '../live/open.ts'
import type { HostContainer } from './start.ts'

export interface OverSshOptions {
  /** Of the run, for the connection's socket. */
  readonly directory: string
  readonly watchdog: Watchdog
  readonly signal: AbortSignal
}

/** Lends a shell of the host's account over a connection of its own: what was set for later sessions holds in it. */
export async function overSsh<T>(
  { ssh }: Pick<HostContainer, 'ssh'>,
  options: OverSshOptions,
  use: (shell: Shell) => Promise<T>,
): Promise<T> {
  const directory = await socketDirectory(options)
  const master = await openMaster({ ...options, directory, destination: ssh.alias, sshConfig: ssh.config })
  try {
    return await use(sshShell(master.control, ssh.alias))
  } finally {
    await master.close()
  }
}
