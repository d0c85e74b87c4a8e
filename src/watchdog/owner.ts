import os from 'node:os'
import { startTimeOf } from './process.ts'

/** This process for ever: host, pid and start time. */
export function thisProcess(): string {
  return [hostName(), process.pid, startTimeOf(process.pid) ?? ''].join('/')
}

/** Whether those words name a process of this host that is gone; of another host nothing can be said. */
export function isGone(owner: string): boolean {
  const [host, pid, startTime] = owner.split('/')
  if (host !== hostName() || pid === undefined) return false
  return startTimeOf(Number(pid)) !== startTime
}

function hostName(): string {
  return os.hostname().replaceAll('/', '-')
}
