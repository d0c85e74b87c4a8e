import { existsSync } from 'node:fs'
import path from 'node:path'
import { UsageError } from '../../outcome.ts'

/**
 * The ssh_config of a run. What stands first wins, and ssh hands the file on to every jump host: so the user's own configuration
 * decides how a host is reached, and cannot make a run accept a key silently, ask a question, leave a connection behind or
 * forward anything.
 * @throws UsageError where the file that the target names is not there
 */
export function sshConfig(own?: string): string {
  if (own !== undefined && !existsSync(own)) throw new UsageError(`sshConfig: there is no file ${own}`)
  const included = own === undefined ? ['~/.ssh/config', '/etc/ssh/ssh_config'] : [path.resolve(own)]
  const options = (all: Readonly<Record<string, string>>): string[] =>
    Object.entries(all).map(([name, value]) => `  ${name} ${value}`)
  return [
    'Host *',
    ...options(FIXED),
    ...included.flatMap((file) => ['Match all', `  Include "${file}"`]),
    'Match all',
    ...options(DEFAULTS),
    '',
  ].join('\n')
}

/** What a user's configuration cannot change. */
const FIXED = {
  BatchMode: 'yes',
  StrictHostKeyChecking: 'yes',
  UpdateHostKeys: 'no',
  ControlMaster: 'no',
  ControlPersist: 'no',
  ClearAllForwardings: 'yes',
  ForwardAgent: 'no',
  ForwardX11: 'no',
  PermitLocalCommand: 'no',
  RemoteCommand: 'none',
  RequestTTY: 'no',
} as const

/** What holds where the user's configuration says nothing, in seconds; a dead connection is noticed after 15. */
const DEFAULTS = { ConnectTimeout: '10', ServerAliveInterval: '5', ServerAliveCountMax: '3' } as const
