import { once } from 'node:events'
import net from 'node:net'
import type Dockerode from 'dockerode'
import { until } from '../../wait.ts'
import { failed } from '../ephemeral/ready.ts'
import { type Ended, execIn } from './exec.ts'
import type { HostContainer } from './start.ts'

const READY_MS = 120_000
const POLL_MS = 100
const ANSWER_MS = 2_000
const COMMAND_MS = 15_000
const VERSION = ['docker', 'version', '--format', '{{.Server.Version}}']

export interface Awaited {
  readonly container: Dockerode.Container
  readonly name: string
  /** Port of loopback on which sshd is published. */
  readonly sshPort: number
  readonly hasEngine: boolean
  readonly signal: AbortSignal
}

/** Waits until sshd greets and, where there is one, the engine answers. @throws Error with what is missing and the host's last log lines. */
export async function hostReady({ container, name, sshPort, hasEngine, signal }: Awaited): Promise<void> {
  const missing = async (): Promise<string | undefined> => {
    if (!(await greets(sshPort))) return `sshd does not answer on 127.0.0.1:${sshPort}`
    return hasEngine ? silence(() => execIn(container, VERSION, { timeoutMs: COMMAND_MS, signal })) : undefined
  }
  const answer = await until(missing, (what) => what === undefined, { deadlineMs: READY_MS, everyMs: POLL_MS, signal })
  signal.throwIfAborted()
  if (answer !== undefined) throw await failed(container, name, `is not ready after ${READY_MS / 1_000} s: ${answer}`)
}

/** Waits until the engine on a host that is up answers. @throws Error with what it said instead */
export async function engineAnswers(host: Pick<HostContainer, 'exec' | 'name'>): Promise<void> {
  const missing = () => silence(() => host.exec(VERSION, { timeoutMs: COMMAND_MS }))
  const answer = await until(missing, (what) => what === undefined, { deadlineMs: READY_MS, everyMs: POLL_MS })
  if (answer !== undefined) throw new Error(`${host.name}: ${answer}`)
}

/** Why an engine cannot be taken as answering yet; a question that got no answer in time is asked again. */
async function silence(ask: () => Promise<Ended>): Promise<string | undefined> {
  const [asked] = await Promise.allSettled([ask()])
  if (asked.status === 'fulfilled' && asked.value.exitCode === 0) return undefined
  const said = asked.status === 'fulfilled' ? asked.value.stderr.trim() : String(asked.reason)
  return `its engine does not answer: ${said}`
}

/** The published port is open before sshd is: only its greeting tells. */
async function greets(port: number): Promise<boolean> {
  const socket = net.connect({ port, host: '127.0.0.1', timeout: ANSWER_MS })
  socket.once('timeout', () => socket.destroy())
  try {
    const [greeting] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])])
    return String(greeting).startsWith('SSH-')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  } finally {
    socket.destroy()
  }
}
