import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * When a process started, as an opaque word; undefined where there is no such process or only its unreaped rest.
 * Pid and start time together name one process for ever, a pid alone is reused.
 */
export function startTimeOf(pid: number): string | undefined {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid)
}

function fromProc(pid: number): string | undefined {
  const stat = statOf(pid)
  // The command's name, in brackets, may hold anything; the fields proper begin behind the last bracket.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields ?? []
  return state === undefined || state === 'Z' || state === 'X' ? undefined : fields?.[19]
}

function statOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

function fromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return line === '' || line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ') + 1)
  } catch (error) {
    // ps exits 1 where no process has that pid.
    if (error instanceof Error && 'status' in error && error.status === 1) return undefined
    throw error
  }
}

/** Sends a signal to exactly that process, or to the group it leads. False where it is gone already, reused pids included. */
export function signalProcess(
  { pid, startTime, group }: { readonly pid: number; readonly startTime: string; readonly group: boolean },
  signal: NodeJS.Signals,
): boolean {
  if (startTimeOf(pid) !== startTime) return false
  try {
    process.kill(group ? -pid : pid, signal)
    return true
  } catch (error) {
    if (isGone(error)) return false
    throw error
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'ENOENT')
}
