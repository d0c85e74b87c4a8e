import path from 'node:path'
import type { EphemeralSecrets } from '../../../fixtures/ephemeral/index.ts'
import { hostFiles, hostInfrastructure } from '../../../fixtures/ephemeral-host/index.ts'
import type { Shell } from '../../host/shell.ts'
import { shellFiles } from '../../procedures/host-files.ts'
import { prepareInfrastructure } from '../../procedures/infrastructure.ts'
import type { PublicCertificate } from '../disposable/public-certificates.ts'
import type { HostContainer } from '../host-container/index.ts'
import { engineAnswers } from '../host-container/ready.ts'
import type { TargetSpec } from '../schema.ts'

/** Files at once: an sshd takes ten sessions over one connection. */
const AT_ONCE = 6
const WANTED_FILES = 65_536

export interface Machine {
  readonly uid: number
  /** Of the group that may use the engine. */
  readonly gid: number
  readonly cpus: number
  /** Files that a process may have at most, which no process of the host can raise. */
  readonly nofile: number
}

/** What the host is, as far as its preparation depends on it. */
export async function machineOf(host: HostContainer): Promise<Machine> {
  const script = 'id -u "$1"; getent group docker | cut -d : -f 3; nproc; ulimit -Hn'
  const [uid, gid, cpus, nofile] = (await host.run(['bash', '-c', script, 'bash', host.account])).split('\n')
  const limit = nofile === 'unlimited' ? WANTED_FILES : Math.min(Number(nofile), WANTED_FILES)
  return { uid: Number(uid), gid: Number(gid), cpus: Number(cpus), nofile: limit }
}

/** Whose a path of the host is: the system's own is root's, all but the product's keys. */
function ownerOf(account: string): (path: string) => string {
  return (place) => (place.startsWith('/etc/') && !place.startsWith('/etc/ssl/private/') ? 'root:root' : `${account}:docker`)
}

/** Prepares the host by the infrastructure procedure, and starts the engine, which reads its configuration then. */
export async function prepareMachine(
  host: HostContainer,
  shell: Shell,
  { secrets, nofile, signal }: { readonly secrets: EphemeralSecrets; readonly nofile: number; readonly signal: AbortSignal },
): Promise<void> {
  const files = shellFiles(shell, ownerOf(host.account), signal)
  const wanted = hostInfrastructure(host.account, secrets, nofile)
  await prepareInfrastructure(wanted, files)
  // When the engine started is known to a second or two: what was written just before must not look younger than that.
  await host.run(['touch', '--date', '1 minute ago', wanted.daemonJson.path])
  await host.run(['host-init', 'start', 'dockerd'])
  await engineAnswers(host)
}

export interface Content {
  readonly spec: TargetSpec
  readonly certificates: readonly PublicCertificate[]
  readonly authority: string
  readonly secrets: EphemeralSecrets
  readonly composeFile: { readonly file: string; readonly text: string }
  readonly tlsPort: number
  readonly parts: ReadonlySet<string>
  /** Which of the files are put; all where it is not said. */
  readonly wants?: (place: string) => boolean
  readonly signal: AbortSignal
}

/** Puts certificates, configuration and the compose file onto the host. Returns what was put: path → text. */
export async function putContent(host: HostContainer, shell: Shell, content: Content): Promise<Record<string, string>> {
  const { spec, certificates, authority, secrets, composeFile, tlsPort, parts, wants = () => true, signal } = content
  const files = await hostFiles({
    paths: spec.paths,
    certificates: {
      [path.basename(spec.paths.ca)]: authority,
      ...Object.fromEntries(certificates.map(({ certificateFile, issued }) => [certificateFile, issued.certificate])),
    },
    keys: Object.fromEntries(certificates.map(({ keyFile, issued }) => [keyFile, issued.key])),
    secrets,
    compose: composeFile,
    tlsPort,
    monitoring: { ...spec.monitoring, parts },
  })
  const there = shellFiles(shell, ownerOf(host.account), signal)
  const wanted = Object.entries(files).filter(([place]) => wants(place))
  const waiting = [...wanted]
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, { text, mode = 0o640 }] = next
      await there.write(place, text, mode)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return Object.fromEntries(wanted.map(([place, { text }]) => [place, text]))
}
