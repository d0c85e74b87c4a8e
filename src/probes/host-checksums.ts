import { hostAddress, shellEffect } from '../host/open.ts'
import { Unobserved } from '../outcome.ts'
import type { Access, Probe, ProbeTemplate } from '../probe.ts'
import type { Host } from '../targets/target.ts'
import { keptShell } from './kept-shell.ts'
import { quote } from './reproduce.ts'

/** Files below one directory of a host. */
export interface ChecksumsOf {
  /** Absolute, as the host sees it. */
  readonly directory: string
  /** Relative to it. */
  readonly paths: readonly string[]
}

/** SHA-256 in lower-case hex by relative path; what is missing or unreadable has no entry. */
export type Checksums = Readonly<Record<string, string>>

const DEADLINE_MS = 300_000
/** So many paths fit into any system's argument list. */
const BATCH = 200

/** What sha256sum on the host says of files that are known only while the check runs; `what` names them in plan and report. */
export function hostChecksums(host: Host, what: string): ProbeTemplate<ChecksumsOf, Checksums> {
  const access = accessOf(host, what, { directory: '/DIRECTORY', paths: ['FILE'] })
  return { access, with: (files) => checksums(host, what, files) }
}

function checksums(host: Host, what: string, files: ChecksumsOf): Probe<Checksums> {
  const address = hostAddress(host)
  return {
    kind: 'host-checksums',
    access: accessOf(host, what, files),
    variant: JSON.stringify(files),
    deadlineMs: DEADLINE_MS + 500,
    async read(session) {
      const shell = await keptShell(session, host)
      const raw: string[] = []
      for (let from = 0; from < files.paths.length; from += BATCH) {
        const argv = argvOf(host, { ...files, paths: files.paths.slice(from, from + BATCH) })
        const limits = { timeoutMs: DEADLINE_MS, maxBytes: 1_000_000, signal: session.signal }
        const { stdout, stderr, exitCode } = await shell.run(argv, limits)
        if (exitCode > 1 || /permission denied/i.test(stderr)) throw unable(address, exitCode, stderr)
        raw.push(stdout, stderr)
      }
      const value = Object.fromEntries(
        raw
          .join('\n')
          .split('\n')
          .flatMap((line) => entry(line, `${host.root}${files.directory}/`)),
      )
      return { value, raw: raw.join(''), ...(host.simulated ? { origin: 'simulated' as const } : {}) }
    },
  }
}

function accessOf(host: Host, what: string, files: ChecksumsOf): Access {
  const prefix = host.shell === 'ssh' ? `ssh ${host.address} ` : host.shell === 'container' ? `docker exec ${host.address} ` : ''
  return {
    system: 'host',
    address: hostAddress(host),
    operation: `sha256sum of ${what}`,
    effect: shellEffect(host),
    reproduce: `${prefix}${argvOf(host, files).map(quote).join(' ')}`,
  }
}

function argvOf(host: Host, { directory, paths }: ChecksumsOf): string[] {
  return ['sha256sum', '--', ...paths.map((path) => `${host.root}${directory}/${path}`)]
}

/** One line of sha256sum; it escapes names with a line end, which our backups never have. */
function entry(line: string, prefix: string): [string, string][] {
  const [, hash, path] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? []
  return hash === undefined || path === undefined || !path.startsWith(prefix) ? [] : [[path.slice(prefix.length), hash]]
}

function unable(address: string, exitCode: number, stderr: string): Unobserved {
  const text = `sha256sum on ${address} ended with ${exitCode}: ${stderr.trim().slice(0, 300) || 'no output'}; let the account read the files and run sha256sum`
  return new Unobserved({ id: `host:${address}:sha256sum`, text })
}
