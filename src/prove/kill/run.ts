import { randomInt } from 'node:crypto'
import path from 'node:path'
import type Dockerode from 'dockerode'
import { heldBy } from './held.ts'
import { GONE_MS, type Killed, killOnce, type Watched } from './kill-once.ts'

export interface KillProof {
  readonly kills: number
  readonly flags: readonly string[]
  readonly directory: string
  readonly docker: Dockerode
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

/** A run that ended before its moment is tried anew so often. */
const TRIES = 3

/**
 * Lets one run go to its end, then kills others at random moments, spread over the time that the first one took, one in ten of
 * them while it is torn down, which is short. Returns 0 where nothing was left of any, 1 where something was or too few were killed.
 */
export async function proveByKilling({ kills, flags, directory, docker, signal, print }: KillProof): Promise<0 | 1> {
  const argv = ['--target=ephemeral', ...flags]
  const once = (name: string, when: Parameters<typeof killOnce>[0]['when']): Promise<Killed> =>
    killOnce({ docker, argv, directory: path.join(directory, name), when, signal })
  const whole = await once('undisturbed', undefined)
  signal.throwIfAborted()
  print(`undisturbed  ${seconds(whole.ms)}  exit ${whole.exitCode}  ${leftWords(whole)}`)
  let wholeMs = whole.ms
  let failed = whole.left.length > 0 ? 1 : 0
  let killed = 0
  for (const [index, moment] of momentsOf(kills).entries()) {
    const name = String(index + 1).padStart(String(kills).length, '0')
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const when = moment === 'teardown' ? tornDown(docker) : ({ ms }: Watched): boolean => ms >= moment * wholeMs
      const result = await once(`${name}.${attempt}`, when)
      signal.throwIfAborted()
      failed += result.left.length > 0 ? 1 : 0
      const how = result.wasKilled ? `killed at ${seconds(result.ms)}` : `ended by itself at ${seconds(result.ms)}`
      const where = moment === 'teardown' ? 'torn down' : result.doing
      print(`${name}/${kills}  ${how}  (${where})  ${leftWords(result)}`)
      if (result.wasKilled) {
        killed += 1
        break
      }
      // Runs differ in speed, on a machine that others use as well.
      wholeMs = Math.min(wholeMs, result.ms)
    }
  }
  print(`\n${killed} of ${kills} runs were killed before they ended; of ${failed || 'none'} of all something was left`)
  return failed === 0 && killed === kills ? 0 : 1
}

/** Whether a run that has looked already begins to lose its containers. */
function tornDown(docker: Dockerode): (run: Watched) => Promise<boolean> {
  let most = 0
  return async ({ pid, output }) => {
    if (!/^[✓✗?] /m.test(output)) return false
    const { containers } = await heldBy(docker, pid)
    most = Math.max(most, containers)
    return containers < most - DRILL_CONTAINERS
  }
}

/** As many a drill makes and removes while the run goes on. */
const DRILL_CONTAINERS = 4

/** When to kill: at a share of the whole time, one in each of as many equal parts, or while it is torn down; in an order that tells nothing. */
export function momentsOf(count: number): (number | 'teardown')[] {
  const ends = Math.floor(count / 10)
  const parts = count - ends
  const moments = Array.from({ length: parts }, (_, index) => (index + randomInt(1_000) / 1_000) / parts)
  return [...moments, ...Array.from({ length: ends }, () => 'teardown' as const)]
    .map((moment) => ({ moment, order: randomInt(1_000_000) }))
    .toSorted((one, other) => one.order - other.order)
    .map(({ moment }) => moment)
}

function leftWords({ goneAfterMs, left }: Killed): string {
  if (goneAfterMs !== null) return `nothing left after ${seconds(goneAfterMs)}`
  return `LEFT after ${GONE_MS / 1_000} s: ${left.join(', ')}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
