import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { hostAddress } from '../host/open.ts'
import type { Shell } from '../host/shell.ts'
import { serverVersion, withDatabase } from '../procedures/database.ts'
import type { HostSpec } from '../targets/schema.ts'
import { until } from '../wait.ts'
import { type Destruction, DISPOSABLE_SETTINGS, type Sandbox } from './sandbox.ts'
import { loaderThere } from './there.ts'

export interface ZoneServerOptions {
  readonly host: HostSpec
  readonly shell: Shell
  readonly image: string
  /** Opens a way from here to a port of that machine’s loopback; returns the near end’s port. */
  readonly forward: (port: number) => Promise<number>
  readonly signal: AbortSignal
}

const READY_MS = 120_000
const POLL_MS = 200
const LIFE_MS = 24 * 3_600_000

/**
 * Starts the container, tells of it, and removes it when nobody listens any more: every second it says an empty line.
 */
export const LEASE = `set -e
password=$(head -c 18 /dev/urandom | base64 | tr -d '+/=')
container=$(POSTGRES_PASSWORD=$password docker run -d --label runbook.rehearsal=zone -e POSTGRES_PASSWORD --shm-size=256m -p 127.0.0.1:0:5432 "$@")
trap 'docker rm -f -v "$container" >/dev/null 2>&1' EXIT
trap 'exit 1' HUP TERM INT
port=$(docker port "$container" 5432/tcp | head -n 1)
printf '%s %s %s\\n' "$container" "\${port##*:}" "$password"
trap '' PIPE
while printf '\\n' && docker inspect "$container" >/dev/null 2>&1; do sleep 1; done 2>/dev/null`

/** A server in a container on a machine inside the zone. Only counts, names and times of the rows come from there. */
export async function zoneServer({ host, shell, image, forward, signal }: ZoneServerOptions): Promise<Sandbox> {
  const settings = Object.entries({ fsync: 'off', ...DISPOSABLE_SETTINGS }).flatMap(([key, value]) => ['-c', `${key}=${value}`])
  const argv = ['bash', '-c', LEASE, 'bash', image, 'postgres', ...settings]
  const lease = shell.stream(argv, { timeoutMs: LIFE_MS, maxBytes: 1_000_000, signal: new AbortController().signal })
  const place = hostAddress(host)
  try {
    const [container = '', port = '', password = ''] = (await firstLine(lease, signal)).split(' ')
    const near = await forward(Number(port))
    const admin = { host: '127.0.0.1', port: near, user: 'postgres', password, database: 'postgres' }
    const ask = (): Promise<number | undefined> =>
      withDatabase(admin, serverVersion, { as: 'runbook-rehearsal', signal }).catch(() => {
        signal.throwIfAborted()
        return undefined
      })
    const version = await until(ask, (found) => found !== undefined, { deadlineMs: READY_MS, everyMs: POLL_MS, signal })
    if (version === undefined) throw new Error(`the server in the container did not come up within ${READY_MS} ms`)
    let destruction: Promise<Destruction> | undefined
    return {
      admin,
      major: Math.floor(version / 10_000),
      description: `${place}, PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000} in a container of ${image}`,
      directory: undefined,
      there: loaderThere(shell, container),
      restoreArchive: () => Promise.reject(new Error('inside the zone, archives are loaded there')),
      destroy: () => {
        destruction ??= destroy(shell, container, place).finally(() => lease.destroy())
        return destruction
      },
    }
  } catch (error) {
    lease.destroy()
    throw error
  }
}

async function destroy(shell: Shell, container: string, place: string): Promise<Destruction> {
  const options = { timeoutMs: 60_000, maxBytes: 10_000, signal: new AbortController().signal }
  await shell.run(['docker', 'rm', '-f', '-v', container], options)
  const { stdout, exitCode } = await shell.run(['docker', 'ps', '-aq', '--no-trunc', '--filter', `id=${container}`], options)
  const name = `the container ${container.slice(0, 12)} on ${place}`
  return exitCode === 0 && stdout.trim() === ''
    ? { gone: [`${name} and its volume are gone`], left: [] }
    : { gone: [], left: [name] }
}

async function firstLine(lease: Readable, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  lease.once('error', reject)
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  const lines = createInterface({ input: lease })
  lines.once('line', resolve)
  lines.once('close', () => reject(new Error('no container was started')))
  return promise
}
