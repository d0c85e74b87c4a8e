import { randomBytes, randomUUID } from 'node:crypto'
import os from 'node:os'
import { finished, PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type Dockerode from 'dockerode'
import { capped } from '../host/capped.ts'
import { type DatabaseConnection, serverVersion, withDatabase } from '../procedures/database.ts'
import { connectEngine, type Engine } from '../targets/ephemeral/engine.ts'
import { until } from '../wait.ts'
import { startWatchdog } from '../watchdog/index.ts'
import { RESTORE } from './own-server.ts'
import { type Destruction, DISPOSABLE_SETTINGS, type Sandbox } from './sandbox.ts'

export interface ContainerServerOptions {
  /** Image that keeps the contract of the official one: POSTGRES_PASSWORD, server settings as arguments. */
  readonly image: string
  readonly signal: AbortSignal
}

const LABEL = 'runbook.rehearsal'
const PORT = '5432/tcp'
const READY_MS = 60_000
const POLL_MS = 100
const MAX_COMPLAINT = 4_000

/** A server in a container of the rehearsal’s own, whose port only this machine sees. @throws Error in words where there is no engine or image, or it does not come up */
export async function containerServer({ image, signal }: ContainerServerOptions): Promise<Sandbox> {
  const engine = await connectEngine()
  await requireImage(engine, image, signal)
  const watchdog = await startWatchdog()
  const label = `${LABEL}=${randomUUID()}`
  watchdog.guardContainers({ engine: engine.address, label })
  // The watchdog removes what bears the label, whether or not it came up.
  try {
    const password = randomBytes(18).toString('base64url')
    const container = await start(engine, { image, label, password })
    const admin = { ...(await addressOf(container)), user: 'postgres', password, database: 'postgres' }
    const version = await ready(admin, container, signal)
    let destruction: Promise<Destruction> | undefined
    const destroy = async (): Promise<Destruction> => {
      await watchdog.stop()
      const left = await engine.docker.listContainers({ all: true, filters: { label: [label] } })
      const name = `the container ${container.id.slice(0, 12)}`
      return left.length === 0 ? { gone: [`${name} and its volume are gone`], left: [] } : { gone: [], left: [name] }
    }
    return {
      admin,
      major: Math.floor(version / 10_000),
      description: `${os.hostname()}, PostgreSQL ${Math.floor(version / 10_000)}.${version % 10_000} in a container of ${image}`,
      directory: undefined,
      restoreArchive: (archive, into, aborting) => restore(container, archive, into, aborting),
      destroy: () => {
        destruction ??= destroy()
        return destruction
      },
    }
  } catch (error) {
    await watchdog.stop()
    throw error
  }
}

async function requireImage({ docker }: Engine, image: string, signal: AbortSignal): Promise<void> {
  const [found] = await Promise.allSettled([docker.getImage(image).inspect()])
  if (found.status === 'fulfilled') return
  const stream = await docker.pull(image).catch((error: Error) => {
    throw new Error(`the image ${image} is not here and cannot be pulled (${error.message})`)
  })
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(stream, (error: Error | null) => (error === null ? resolve() : reject(error))),
  )
}

async function start(
  { docker }: Engine,
  { image, label, password }: { readonly image: string; readonly label: string; readonly password: string },
): Promise<Dockerode.Container> {
  const [name = '', value = ''] = label.split('=')
  const settings = Object.entries({ fsync: 'off', ...DISPOSABLE_SETTINGS }).flatMap(([key, set]) => ['-c', `${key}=${set}`])
  const container = await docker.createContainer({
    Image: image,
    Cmd: ['postgres', ...settings],
    Env: [`POSTGRES_PASSWORD=${password}`],
    Labels: { [name]: value },
    HostConfig: { PortBindings: { [PORT]: [{ HostIp: '127.0.0.1', HostPort: '0' }] }, ShmSize: 256 * 1024 * 1024 },
  })
  await container.start()
  return container
}

async function addressOf(container: Dockerode.Container): Promise<{ readonly host: string; readonly port: number }> {
  const { NetworkSettings } = await container.inspect()
  const published = NetworkSettings.Ports[PORT]?.[0]?.HostPort
  if (published === undefined) throw new Error(`the container ${container.id.slice(0, 12)} ended as soon as it was started`)
  return { host: '127.0.0.1', port: Number(published) }
}

/** The official image starts once to make the cluster, without a port, and then for good. */
async function ready(admin: DatabaseConnection, container: Dockerode.Container, signal: AbortSignal): Promise<number> {
  let last = ''
  const ask = (): Promise<number | undefined> =>
    withDatabase(admin, serverVersion, { as: 'runbook-rehearsal', signal }).catch((error: Error) => {
      signal.throwIfAborted()
      last = error.message
      return undefined
    })
  const version = await until(ask, (found) => found !== undefined, { deadlineMs: READY_MS, everyMs: POLL_MS, signal })
  if (version !== undefined) return version
  const { State } = await container.inspect()
  throw new Error(`the server in the container did not come up within ${READY_MS} ms (${last}; the container is ${State.Status})`)
}

/** pg_restore of the image itself, which is of the server’s own major. */
async function restore(
  container: Dockerode.Container,
  archive: Readable,
  { user, password, database }: DatabaseConnection,
  signal: AbortSignal,
): Promise<void> {
  const Env = [`PGPASSWORD=${password}`]
  const Cmd = ['pg_restore', ...RESTORE, '--host', '127.0.0.1', '--username', user, '--dbname', database]
  const exec = await container.exec({ Cmd, Env, AttachStdin: true, AttachStdout: true, AttachStderr: true })
  const stream = await exec.start({ hijack: true, stdin: true })
  const printed = new PassThrough()
  const said = capped(printed, MAX_COMPLAINT)
  container.modem.demuxStream(stream, printed, printed)
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  finished(stream, { writable: false }, () => resolve())
  // The tool’s own complaint says more than the pipe that it closed.
  const [fed] = await Promise.allSettled([pipeline(archive, stream, { signal })])
  if (signal.aborted) throw signal.reason
  await ended
  const { ExitCode } = await exec.inspect()
  if (ExitCode !== 0) throw new Error(`pg_restore ended with ${ExitCode}: ${said.text().trim() || 'no message'}`)
  if (fed.status === 'rejected') throw fed.reason
}
