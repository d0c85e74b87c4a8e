import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { Engine } from '../ephemeral/engine.ts'
import { createHost, SSH_PORT } from './create.ts'
import { type Ended, type ExecOptions, execIn } from './exec.ts'
import { makeKeys, writeSshFiles } from './keys.ts'
import { hostReady } from './ready.ts'

export interface HostContainerOptions {
  readonly engine: Pick<Engine, 'docker'>
  /** The catalogue's `host`. */
  readonly image: string
  /** Name of the container, its host name and its alias in ssh_config. */
  readonly name: string
  /** By these the caller's watchdog finds and removes it. */
  readonly labels: Readonly<Record<string, string>>
  /** A directory of the run for keys, known_hosts and ssh_config; it is made where it is not there. */
  readonly directory: string
  /** The account that enters by ssh; it may use sudo and, where there is one, the engine. */
  readonly account?: string
  /** An engine of its own runs in it, with compose; `later`: it can, once `host-init start dockerd` is run there. */
  readonly hasEngine: boolean | 'later'
  readonly publish?: readonly number[]
  /** Port of the host → port of loopback: a host that takes another one's place has its address. */
  readonly publishAs?: Readonly<Record<number, number>>
  readonly network?: string
  /** What it resolves by itself: name → address. */
  readonly names?: Readonly<Record<string, string>>
  /** Volumes: name → where they are mounted, as `path` or `path:ro`. */
  readonly volumes?: Readonly<Record<string, string>>
  /** Directories that are file systems of their own; what lies in them goes with the host. */
  readonly places?: readonly string[]
  readonly signal: AbortSignal
}

/** A host that is up: what a live target's file needs, and a way in for who prepares it. */
export interface HostContainer {
  readonly name: string
  readonly container: string
  readonly account: string
  /** On its network of the outer engine. */
  readonly address: string
  readonly ssh: {
    /** Alias in `config`: a target's `hosts.*.address`. */
    readonly alias: string
    /** ssh_config: a target's `hosts.*.sshConfig`, or `ssh -F`. */
    readonly config: string
    readonly knownHosts: string
    readonly identity: string
    /** Of loopback. */
    readonly port: number
  }
  /** Port of loopback on which a port of the host is published. @throws Error where it is not. */
  published(port: number): number
  /** Runs a command as root by the outer engine, without ssh; its end is the answer, whatever its exit code. */
  exec(argv: readonly string[], options?: Partial<ExecOptions>): Promise<Ended>
  /** The same, where anything but success is an error. Returns what it printed. @throws Error with what it complained of */
  run(argv: readonly string[], options?: Partial<ExecOptions>): Promise<string>
  /** Writes a file as root; its directory is made where it is not there. */
  put(file: string, content: string | Readable, options?: { readonly mode?: number; readonly owner?: string }): Promise<void>
  /** Removes it with all that runs in it and its volumes. Idempotent. */
  stop(): Promise<void>
}

const COMMAND_MS = 120_000
const inspectionSchema = z.object({
  NetworkSettings: z.object({
    Networks: z.record(z.string(), z.object({ IPAddress: z.string() })),
    Ports: z.record(z.string(), z.array(z.object({ HostPort: z.string() })).nullable()),
  }),
})

/**
 * Starts a container that is a host: sshd with keys of its own, an account that deploys, and an engine where one is wanted.
 * Whoever starts it must have told a watchdog its labels.
 * @throws Error with the host's last log lines where it does not come up; nothing is left behind then
 */
export async function startHostContainer(options: HostContainerOptions): Promise<HostContainer> {
  const { engine, name, directory, account = 'deploy', hasEngine, publish = [], signal } = options
  const keys = await makeKeys(directory)
  const container = await createHost(engine.docker, { ...options, account, publish, keys })
  const stop = async (): Promise<void> => {
    const [removed] = await Promise.allSettled([container.remove({ force: true, v: true })])
    if (removed.status === 'rejected' && removed.reason?.statusCode !== 404) throw removed.reason
  }
  try {
    await container.start()
    const { Ports, Networks } = inspectionSchema.parse(await container.inspect()).NetworkSettings
    const published = (port: number): number => {
      const found = Number(Ports[`${port}/tcp`]?.[0]?.HostPort ?? Number.NaN)
      if (Number.isNaN(found)) throw new Error(`port ${port} of ${name} is not published`)
      return found
    }
    const port = published(SSH_PORT)
    const files = await writeSshFiles(directory, keys, { alias: name, account, port })
    await hostReady({ container, name, sshPort: port, hasEngine: hasEngine === true, signal })
    const exec: HostContainer['exec'] = (argv, given) => execIn(container, argv, { timeoutMs: COMMAND_MS, signal, ...given })
    const run: HostContainer['run'] = async (argv, given) => {
      const { exitCode, stdout, stderr } = await exec(argv, given)
      if (exitCode === 0) return stdout
      throw new Error(
        `${argv.slice(0, 3).join(' ')} on ${name} ended with ${exitCode}: ${(stderr || stdout).trim().slice(-2_000)}`,
      )
    }
    return {
      name,
      container: container.id,
      account,
      address: Object.values(Networks)[0]?.IPAddress ?? '',
      ssh: { alias: name, ...files, identity: keys.identity, port },
      published,
      exec,
      run,
      async put(file, content, { mode = 0o644, owner = 'root:root' } = {}) {
        const script = 'umask 077 && mkdir -p -m 755 "$(dirname "$1")" && cat >"$1" && chown "$3" "$1" && chmod "$2" "$1"'
        await run(['sh', '-c', script, 'put', file, mode.toString(8), owner], { stdin: content })
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
