import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

/** The keys of one host, made for it alone: what it shows, and what its account is entered with. */
export interface HostKeys {
  /** Private half of the key that the host shows. */
  readonly hostKey: string
  readonly hostKeyPublic: string
  readonly authorizedKeys: string
  /** File of the private half that the operator enters with. */
  readonly identity: string
}

const run = promisify(execFile)

/** Makes both key pairs in that directory. @throws Error where ssh-keygen is not installed. */
export async function makeKeys(directory: string): Promise<HostKeys> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const pair = async (name: string): Promise<{ readonly file: string; readonly publicKey: string }> => {
    const file = path.join(directory, name)
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file])
    return { file, publicKey: await readFile(`${file}.pub`, 'utf8') }
  }
  const [shown, own] = await Promise.all([pair('host_key'), pair('identity')])
  return {
    hostKey: await readFile(shown.file, 'utf8'),
    hostKeyPublic: shown.publicKey,
    authorizedKeys: own.publicKey,
    identity: own.file,
  }
}

export interface SshFiles {
  /** ssh_config in which the host has its alias; a target's `sshConfig`. */
  readonly config: string
  readonly knownHosts: string
}

/** How that host is reached, as the files that ssh reads. */
export interface SshPlace {
  readonly alias: string
  readonly account: string
  readonly port: number
}

/** Writes ssh_config and known_hosts beside the keys. */
export async function writeSshFiles(directory: string, keys: HostKeys, { alias, account, port }: SshPlace): Promise<SshFiles> {
  const files = { config: path.join(directory, 'ssh_config'), knownHosts: path.join(directory, 'known_hosts') }
  const [type = '', key = ''] = keys.hostKeyPublic.split(' ')
  await writeFile(files.knownHosts, `[127.0.0.1]:${port} ${type} ${key}\n`)
  const lines = [
    `Host ${alias}`,
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    `  User ${account}`,
    `  IdentityFile "${keys.identity}"`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    `  UserKnownHostsFile "${files.knownHosts}"`,
    '  GlobalKnownHostsFile /dev/null',
  ]
  await writeFile(files.config, `${lines.join('\n')}\n`)
  return files
}
