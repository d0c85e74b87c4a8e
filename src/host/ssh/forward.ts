import { execFile } from 'node:child_process'
import { sshEnvironment, unreachable } from './master.ts'

/** A local end and what it leads to, as the host sees it: `address:port`, or the path of a socket. */
export interface Forward {
  readonly local: string
  readonly inner: string
}

const REQUEST_MS = 10_000

/**
 * Opens forwards over a connection that is up; nothing is sent to the host before somebody connects.
 * @throws Unreachable where a local end could not be opened (its port was taken in between)
 */
export async function openForwards(control: string, destination: string, forwards: readonly Forward[]): Promise<void> {
  if (forwards.length === 0) return
  const options = forwards.flatMap(({ local, inner }) => ['-L', `${local}:${inner}`])
  const argv = ['-F', '/dev/null', '-S', control, '-O', 'forward', ...options, '--', 'host']
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  execFile('ssh', argv, { timeout: REQUEST_MS, env: sshEnvironment() }, (error, _, stderr) => {
    if (error === null) resolve()
    else reject(unreachable(destination, `ssh ${destination}: a forward could not be opened: ${stderr.trim() || error.message}`))
  })
  return promise
}
