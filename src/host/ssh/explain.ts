import { Unreachable } from '../../outcome.ts'
import type { Forwarded } from '../../targets/schema.ts'
import { readLog, unreachable } from './master.ts'
import { isUp, lostConnection } from './session.ts'

/**
 * What a failure at the near end of a forward means: the near end always answers, and only the connection's log knows what
 * became of the far one.
 */
export async function explained(
  { local, inner, destination, control }: Forwarded[string] & { readonly local: string },
  error: Unreachable,
): Promise<Unreachable> {
  if (control === undefined) return error
  if (!(await isUp(control))) return lostConnection(control, destination)
  const reason = refusalIn(await readLog(control), local)
  if (reason === undefined)
    return new Unreachable(local, `${inner} through ssh ${destination}: ${error.rootCause.text}`, { refused: error.refused })
  if (/prohibited|unknown channel type/i.test(reason)) {
    return unreachable(
      destination,
      `sshd of ${destination} does not let us forward to ${inner} (${reason}); allow it (AllowTcpForwarding, AllowStreamLocalForwarding, PermitOpen), or declare reach.parts: direct`,
    )
  }
  const isRefusal = /refused|not known|No such file/i.test(reason)
  const advice = 'start what should listen there, or correct the address in the target file: it is the one that this host sees'
  return new Unreachable(local, `${destination} could not connect to ${inner} (${reason}); ${advice}`, { refused: isRefusal })
}

/** Why the latest connection through that near end was not made, by ssh's own debugging lines; undefined where it was made. */
function refusalIn(log: string, local: string): string | undefined {
  const port = /:(\d+)$/.exec(local)?.[1]
  const lines = log.split('\n')
  const asked = lines.findLastIndex((line) => isRequest(line, local, port))
  if (asked === -1) return undefined
  const channel = /^debug1: channel (\d+): new /.exec(lines[asked + 1] ?? '')?.[1]
  const failed = lines.slice(asked).find((line) => line.startsWith(`channel ${channel}: open failed: `))
  return failed?.split(': open failed: ')[1]?.trim()
}

function isRequest(line: string, local: string, port: string | undefined): boolean {
  const found = /^debug1: Connection to port (-?\d+) forwarding to (\S+) port -?\d+ requested/.exec(line)
  if (found === null) return false
  return port === undefined ? found[1] === '-2' && local.startsWith('/') : found[1] === port
}
