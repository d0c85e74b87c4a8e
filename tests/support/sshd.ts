import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { freePort } from '../../src/targets/free-port.ts'
import type { HostSpec } from '../../src/targets/schema.ts'

/** Where sshd is installed; undefined where it is not, and its tests are skipped. */
export const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'].find((file) => existsSync(file))

/** A real sshd of a test's own on loopback, and a user's configuration by which it is reached as `web`. */
export interface TestSshd extends AsyncDisposable {
  readonly port: number
  readonly pid: number
  readonly directory: string
  /** Fingerprint of its host key, `SHA256:…`. */
  readonly fingerprint: string
  /** A host section that reaches it; more lines of ssh_config stand before its own. */
  host(lines?: readonly string[], more?: Partial<HostSpec>): HostSpec
  /** An ssh_config file with these hosts, by alias. */
  config(text: string): string
  /** What stands in ssh_config for one host that is this one. */
  entry(alias: string, lines?: readonly string[]): string
}

const KNOWN_AS = 'the-test-host'

/** Starts one; keys, configuration and known_hosts lie in a directory that goes with it. */
export async function startSshd(settings: readonly string[] = []): Promise<TestSshd> {
  if (SSHD === undefined) throw new Error('sshd is not installed')
  // As root it separates privileges in a directory that the package's service makes at boot.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const directory = mkdtempSync(path.join(os.tmpdir(), 'sshd-'))
  const file = (name: string): string => path.join(directory, name)
  for (const name of ['host-key', 'user-key'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file(name)])
  const port = await freePort()
  writeFileSync(file('authorized_keys'), readFileSync(file('user-key.pub')))
  writeFileSync(file('known_hosts'), `${KNOWN_AS} ${readFileSync(file('host-key.pub'), 'utf8')}`)
  writeFileSync(file('sshd_config'), [...settings, ...SETTINGS(port, file), ''].join('\n'))
  const child = spawn(SSHD, ['-D', '-e', '-f', file('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] })
  await listening(child.stderr)
  let configs = 0
  const entry = (alias: string, lines: readonly string[] = []): string =>
    [`Host ${alias}`, ...[...lines, ...reached(port, file)].map((line) => `  ${line}`), ''].join('\n')
  const config = (text: string): string => {
    configs += 1
    writeFileSync(file(`config-${configs}`), text)
    return file(`config-${configs}`)
  }
  return {
    port,
    pid: child.pid ?? -1,
    directory,
    fingerprint: fingerprintOf(file('host-key.pub')),
    entry,
    config,
    host: (lines = [], more = {}) => ({
      shell: 'ssh',
      address: 'web',
      root: '',
      simulated: false,
      sudo: false,
      sshConfig: config(entry('web', lines)),
      ...more,
    }),
    async [Symbol.asyncDispose]() {
      const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
      child.kill('SIGKILL')
      await exited
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const SETTINGS = (port: number, file: (name: string) => string): string[] => [
  `Port ${port}`,
  'ListenAddress 127.0.0.1',
  `HostKey ${file('host-key')}`,
  `AuthorizedKeysFile ${file('authorized_keys')}`,
  'PidFile none',
  'UsePAM no',
  'StrictModes no',
  'PasswordAuthentication no',
  'KbdInteractiveAuthentication no',
  'MaxStartups 100',
]

const reached = (port: number, file: (name: string) => string): string[] => [
  'HostName 127.0.0.1',
  `Port ${port}`,
  `User ${os.userInfo().username}`,
  `HostKeyAlias ${KNOWN_AS}`,
  `UserKnownHostsFile ${file('known_hosts')}`,
  'GlobalKnownHostsFile /dev/null',
  `IdentityFile ${file('user-key')}`,
  'IdentitiesOnly yes',
  'IdentityAgent none',
]

async function listening(stderr: NodeJS.ReadableStream | null): Promise<void> {
  if (stderr === null) throw new Error('sshd has no stderr')
  let said = ''
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
    if (said.includes('Server listening')) resolve()
  })
  stderr.once('end', () => reject(new Error(`sshd did not start: ${said}`)))
  return promise
}

function fingerprintOf(file: string): string {
  return execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' }).split(' ')[1] ?? ''
}

/** A wire between two ends that can be cut, and that can be as long as a line across the world. */
export interface Wire extends AsyncDisposable {
  readonly port: number
  /** How many connections have been made. */
  connections(): number
  /** How often the near end spoke after the far end had: the round trips, whatever the time that each took. */
  turns(): number
  cut(): void
  /** From now on nothing comes through either way, and nobody is told. */
  stall(): void
}

/** Forwards every connection to a port of loopback; `delayMs` for each way. */
export async function wireTo(port: number, { delayMs = 0 }: { readonly delayMs?: number } = {}): Promise<Wire> {
  const sockets = new Set<Socket>()
  let connections = 0
  let turns = 0
  let hasFarSpoken = false
  let isStalled = false
  const server = createServer((near) => {
    connections += 1
    const far = createConnection({ host: '127.0.0.1', port })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('data', (chunk) => {
        if (isStalled) return
        if (from === near && hasFarSpoken) turns += 1
        hasFarSpoken = from === far
        later(delayMs, () => to.write(chunk))
      })
      from.on('end', () => void later(delayMs, () => to.end()))
      from.on('error', () => to.destroy())
      from.on('close', () => sockets.delete(from))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => connections,
    turns: () => turns,
    cut,
    stall: () => {
      isStalled = true
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
  }
}

function later(delayMs: number, act: () => void): void {
  if (delayMs === 0) act()
  else setTimeout(act, delayMs)
}
