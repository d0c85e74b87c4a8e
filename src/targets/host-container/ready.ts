import { once } from 'node:events'
import net from 'node:net'
import type Dockerode from 'dockerode'
import { until } from '../../wait.ts'
import { failed } from '../ephemeral/ready.ts'
import { execIn } from './exec.ts'

const READY_MS = 60_000
const POLL_MS = 100
const ANSWER_MS = 2_000
const COMMAND_MS = 10_000

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
    if (!hasEngine) return undefined
    const argv = ['docker', 'version', '--format', '{{.Server.Version}}']
    const { exitCode, stderr } = await execIn(container, argv, { timeoutMs: COMMAND_MS, signal })
    return exitCode === 0 ? undefined : `its engine does not answer: ${stderr.trim()}`
  }
  const answer = await until(missing, (what) => what === undefined, { deadlineMs: READY_MS, everyMs: POLL_MS, signal })
  signal.throwIfAborted()
  if (answer !== undefined) throw await failed(container, name, `is not ready after ${READY_MS / 1_000} s: ${answer}`)
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
