import { Readable } from 'node:stream'
import type Dockerode from 'dockerode'
import { pack } from 'tar-stream'
import type { HostKeys } from './keys.ts'

/** A host before it is started. */
export interface HostOrder {
  readonly image: string
  readonly name: string
  /** Every one of them; by these it is found and removed when its run is gone. */
  readonly labels: Readonly<Record<string, string>>
  readonly account: string
  /** An engine of its own runs in it; `later`: it can, once `host-init start dockerd` is run there. */
  readonly hasEngine: boolean | 'later'
  /** Ports of the host that are published on loopback, beside that of sshd. */
  readonly publish: readonly number[]
  /** Port of the host → port of loopback on which it is published; any free one where it is not named. */
  readonly publishAs?: Readonly<Record<number, number>>
  /** What it resolves by itself: name → address. */
  readonly names?: Readonly<Record<string, string>>
  /** Network of the outer engine; its default one where absent. */
  readonly network?: string | undefined
  /** Volumes: name → where they are mounted, as `path` or `path:ro`. */
  readonly volumes?: Readonly<Record<string, string>>
  /** Directories that are file systems of their own. */
  readonly places?: readonly string[]
  readonly keys: HostKeys
}

export const SSH_PORT = 22

/**
 * What an engine needs beyond a container's usual rights: to mount, to make networks, and to see what its containers do. Named one
 * by one, because `privileged` asks for every right there is, and the outer engine may itself have to do without some.
 */
const ENGINE_RIGHTS = ['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE', 'SYS_NICE', 'SYSLOG', 'DAC_READ_SEARCH']
/** The firewall's rules can be read. */
const PLAIN_RIGHTS = ['NET_ADMIN']

/** Makes the container, with its keys in it. Its volumes are anonymous: they go with it. */
export async function createHost(docker: Dockerode, order: HostOrder): Promise<Dockerode.Container> {
  const ports = [SSH_PORT, ...order.publish].map((port) => `${port}/tcp`)
  const container = await docker.createContainer({
    Image: order.image,
    name: order.name,
    Hostname: order.name.slice(0, 63),
    Labels: { ...order.labels },
    Env: [
      `HOST_ACCOUNT=${order.account}`,
      ...(order.hasEngine === false ? [] : [`HOST_ENGINE=${order.hasEngine === true ? 'yes' : 'later'}`]),
    ],
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    Volumes: Object.fromEntries((order.places ?? []).map((place) => [place, {}])),
    HostConfig: {
      Binds: Object.entries(order.volumes ?? {}).map(([volume, place]) => `${volume}:${place}`),
      ExtraHosts: Object.entries(order.names ?? {}).map(([name, address]) => `${name}:${address}`),
      ...(order.network === undefined ? {} : { NetworkMode: order.network }),
      PortBindings: Object.fromEntries(ports.map((port) => [port, [{ HostIp: '127.0.0.1', HostPort: published(port, order) }]])),
      ...(order.hasEngine === false ? { CapAdd: PLAIN_RIGHTS } : engineRights()),
    },
  })
  const files = pack()
  files.entry({ name: 'etc/ssh/ssh_host_ed25519_key', mode: 0o600 }, order.keys.hostKey)
  files.entry({ name: 'etc/ssh/ssh_host_ed25519_key.pub', mode: 0o644 }, order.keys.hostKeyPublic)
  files.entry({ name: 'etc/host-init/authorized_keys', mode: 0o644 }, order.keys.authorizedKeys)
  files.finalize()
  await container.putArchive(Readable.from(files), { path: '/' })
  return container
}

function published(port: string, { publishAs = {} }: HostOrder): string {
  return String(publishAs[Number.parseInt(port, 10)] ?? '')
}

// The library's types do not know the namespace of control groups.
function engineRights(): Dockerode.HostConfig & { readonly CgroupnsMode: string } {
  return {
    CapAdd: ENGINE_RIGHTS,
    CgroupnsMode: 'private',
    DeviceCgroupRules: ['a *:* rwm'],
    // The first two are what stands in the way of mounting; the last leaves /proc/sys writable, as networks need it.
    SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined', 'label=disable'],
    MaskedPaths: [],
    ReadonlyPaths: [],
  }
}
