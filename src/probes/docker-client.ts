import type { Agent } from 'node:http'
import type Dockerode from 'dockerode'
import { z } from 'zod'
import { Unobserved, Unreachable } from '../outcome.ts'
import type { Session } from '../probe.ts'
import type { DockerSpec } from '../targets/schema.ts'
import { connectionFailure, timeoutFailure } from './connection-error.ts'
import { deadline } from './deadline.ts'
import { raced } from './raced.ts'
import { joinHostPort, quote } from './reproduce.ts'
import { tame } from './tame.ts'

/** Where an engine is: its socket's path, or `host:port`. */
export function dockerAddress(spec: DockerSpec): string {
  return 'socket' in spec ? spec.socket : joinHostPort(spec.host, spec.port)
}

/** The command line client, pointed at that engine. */
export function dockerCommand(spec: DockerSpec): string {
  if ('host' in spec) return `docker -H tcp://${dockerAddress(spec)}`
  return spec.socket === '/var/run/docker.sock' ? 'docker' : `docker -H unix://${quote(spec.socket)}`
}

/** What may be sent besides GET: nothing, or the two requests that run one reading command in a container. */
export type Allowed = 'get' | 'exec'

const EXEC_PATHS = /^\/(containers\/[^/]+\/exec|exec\/[^/]+\/start)\?*$/

/**
 * Lends a client to one observation; below it, whatever is no GET (or no exec, where that was asked for) is refused before it
 * is sent. Every request carries the run's id.
 * @throws Unreachable where no engine answers, Unobserved with what the engine said where it said no.
 */
export async function withDocker<T>(
  session: Session,
  spec: DockerSpec,
  { deadlineMs, allowed = 'get' }: { readonly deadlineMs: number; readonly allowed?: Allowed },
  use: (docker: Dockerode, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { default: Docker } = await import('dockerode')
  using limit = deadline(session, deadlineMs)
  const headers = { 'User-Agent': `runbook/${session.runId}` }
  const where = 'socket' in spec ? { socketPath: spec.socket } : { host: spec.host, port: spec.port, protocol: 'http' as const }
  const agent = await tamedAgent()
  const options = { ...where, headers, timeout: deadlineMs, agent }
  const docker = new Docker(options)
  guard(docker, allowed, limit.signal)
  try {
    return await raced(use(docker, limit.signal), limit.signal)
  } catch (error) {
    throw failure(spec, error, limit.expired() ? deadlineMs : undefined)
  }
}

/** The client reads every answer whole: one that does not end must be broken off below it. */
async function tamedAgent(): Promise<Agent> {
  const http = await import('node:http')
  return new (class extends http.Agent {
    override createConnection(...given: Parameters<Agent['createConnection']>): ReturnType<Agent['createConnection']> {
      const socket = super.createConnection(...given)
      if (socket !== undefined && socket !== null) tame(socket)
      return socket
    }
  })()
}

const dialled = z.looseObject({ method: z.string(), path: z.string() })

/** Puts the rule where every request passes, whichever function of the client made it. */
function guard(docker: Dockerode, allowed: Allowed, signal: AbortSignal): void {
  const { modem } = docker
  const dial = modem.dial.bind(modem)
  modem.dial = (options, callback) => {
    const { method, path } = dialled.parse(options)
    const isAllowed = method === 'GET' || (allowed === 'exec' && method === 'POST' && EXEC_PATHS.test(path))
    if (!isAllowed) throw new TypeError(`${method} ${path} is not a request that a probe may send to an engine`)
    dial({ ...options, abortSignal: signal }, callback)
  }
}

const refusalSchema = z.object({ statusCode: z.int(), message: z.string() })

function failure(spec: DockerSpec, error: unknown, overdueMs: number | undefined): unknown {
  if (error instanceof Unobserved || error instanceof TypeError) return error
  const address = dockerAddress(spec)
  const tried = `a request to the container engine at ${address}`
  if (overdueMs !== undefined) return timeoutFailure(address, tried, overdueMs, 'request')
  const refusal = refusalSchema.safeParse(error)
  if (refusal.success) {
    const { statusCode, message } = refusal.data
    return new Unobserved({ id: `docker:${statusCode}:${address}:${message}`, text: `${tried} was refused: ${message}` })
  }
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code !== 'ENOENT') return connectionFailure(address, tried, error, 'connect')
  const text = `${tried}: there is no such socket; start the engine, or correct \`docker\` in the target file`
  return new Unreachable(address, text, { refused: true })
}

/** Validates an engine's answer. @throws Unobserved naming what has another shape. */
export function engineAnswer<T>(schema: z.ZodType<T>, answer: unknown, what: string): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new Unobserved({
    id: `shape:docker:${what}`,
    text: `the engine's ${what} has another shape than expected: ${z.prettifyError(parsed.error)}`,
  })
}
