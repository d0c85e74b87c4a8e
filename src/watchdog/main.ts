import { rmSync, writeSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { removeLabelled } from './containers.ts'
import type { GuardedContainers, GuardedProcess, Message } from './message.ts'
import { signalProcess, startTimeOf } from './process.ts'

/**
 * The watchdog's own process. It outlives the run by a moment: once the pipe from the run closes, whatever closed it, it ends
 * the processes that are still registered, removes the containers and the directories, and exits. Kept free of imports beyond
 * Node's own, since it sits beside every run.
 */

/** How long a process may take to end by itself, in milliseconds; the whole must be done two seconds after the run's death. */
const GRACE_MS = 1_000
const KILL_MS = 1_000
const POLL_MS = 10
/** An engine goes on with what it was asked for, whoever asked is dead: so long nothing new may have appeared. */
const QUIET_MS = 3_000
const REMOVE_MS = 60_000

const processes = new Map<number, GuardedProcess>()
const directories = new Set<string>()
const containers = new Map<string, GuardedContainers>()

// A terminal's Ctrl-C and a service manager's stop are the run's to handle; the pipe tells when it has.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

let pending = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (chunk: string) => {
  const lines = (pending + chunk).split('\n')
  pending = lines.pop() ?? ''
  for (const line of lines) obey(JSON.parse(line) as Message)
})
process.stdin.on('close', () => void cleanUp())
process.stdin.on('error', () => process.stdin.destroy())

function obey(message: Message): void {
  if ('guard' in message) {
    if (message.guard === 'process') processes.set(message.pid, message)
    else if (message.guard === 'directory') directories.add(message.path)
    else containers.set(message.label, message)
  } else if (message.release === 'process') processes.delete(message.pid)
  else if (message.release === 'directory') directories.delete(message.path)
  else containers.delete(message.label)
}

async function cleanUp(): Promise<void> {
  const problems = [...(await endProcesses()), ...(await removeContainers())]
  for (const path of directories) {
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
    } catch (error) {
      problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  process.exit(problems.length === 0 || tell(problems) ? Number(problems.length > 0) : 2)
}

async function removeContainers(): Promise<string[]> {
  const removals = [...containers.values()].map((guarded) =>
    removeLabelled({ ...guarded, quietMs: QUIET_MS, deadlineMs: REMOVE_MS }),
  )
  const ended = await Promise.allSettled(removals)
  return ended.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))
}

async function endProcesses(): Promise<string[]> {
  for (const guarded of processes.values()) signalProcess(guarded, guarded.signal)
  if (await ended(GRACE_MS)) return []
  for (const guarded of processes.values()) signalProcess(guarded, 'SIGKILL')
  if (await ended(KILL_MS)) return []
  return living().map(({ pid }) => `process ${pid} does not end, not even by SIGKILL`)
}

async function ended(deadlineMs: number): Promise<boolean> {
  const end = performance.now() + deadlineMs
  while (living().length > 0) {
    if (performance.now() > end) return false
    await after(POLL_MS)
  }
  return true
}

function living(): GuardedProcess[] {
  return [...processes.values()].filter(({ pid, startTime }) => startTimeOf(pid) === startTime)
}

/** False where nobody is left to read it. */
function tell(problems: readonly string[]): boolean {
  try {
    writeSync(2, `${problems.join('\n')}\n`)
    return true
  } catch {
    return false
  }
}
