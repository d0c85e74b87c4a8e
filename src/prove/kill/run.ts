import { randomInt } from 'node:crypto'
import path from 'node:path'
import type Dockerode from 'dockerode'
import { GONE_MS, type Killed, killOnce } from './kill-once.ts'

export interface KillProof {
  readonly kills: number
  readonly flags: readonly string[]
  readonly directory: string
  readonly docker: Dockerode
  readonly signal: AbortSignal
  readonly print: (line: string) => void
}

/**
 * Lets one run go to its end, then kills others at random moments, spread over the time that the first one took. Returns 0 where
 * nothing was left of any, 1 where something was.
 */
export async function proveByKilling({ kills, flags, directory, docker, signal, print }: KillProof): Promise<0 | 1> {
  const argv = ['--target=ephemeral', ...flags]
  const once = (name: string, when: Parameters<typeof killOnce>[0]['when']): Promise<Killed> =>
    killOnce({ docker, argv, directory: path.join(directory, name), when, signal })
  const whole = await once('undisturbed', undefined)
  signal.throwIfAborted()
  print(`undisturbed  ${seconds(whole.ms)}  exit ${whole.exitCode}  ${leftWords(whole)}`)
  let failed = whole.left.length > 0 ? 1 : 0
  let killed = 0
  for (const [index, at] of momentsOf(kills, whole.ms).entries()) {
    const name = String(index + 1).padStart(String(kills).length, '0')
    const result = await once(name, ({ ms }) => ms >= at)
    signal.throwIfAborted()
    killed += result.wasKilled ? 1 : 0
    failed += result.left.length > 0 ? 1 : 0
    const how = result.wasKilled ? `killed at ${seconds(result.ms)}` : `ended by itself at ${seconds(result.ms)}`
    print(`${name}/${kills}  ${how}  (${result.doing})  ${leftWords(result)}`)
  }
  print(`\n${killed} of ${kills} runs were killed before they ended; of ${failed || 'none'} of all something was left`)
  return failed === 0 ? 0 : 1
}

/** One moment in each of as many equal parts of the time, in an order that tells nothing. */
export function momentsOf(count: number, wholeMs: number): number[] {
  const part = wholeMs / count
  const moments = Array.from({ length: count }, (_, index) => (index + randomInt(1_000) / 1_000) * part)
  return moments
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
