import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../src/wait.ts'
import { startWatchdog, type Watchdog } from '../../src/watchdog/index.ts'
import { startTimeOf } from '../../src/watchdog/process.ts'

interface Run {
  readonly watchdog: number
  readonly child: number
  readonly directory: string
}

const PARENT = new URL('parent.ts', import.meta.url).pathname
const isAlive = (pid: number): boolean => startTimeOf(pid) !== undefined

async function startRun(...argv: string[]): Promise<{ readonly parent: ChildProcess; readonly run: Run }> {
  const parent = spawn(process.execPath, [PARENT, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (parent.stdout === null) throw new Error('the run has no output')
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  return { parent, run: JSON.parse(line.toString()) as Run }
}

function leftovers({ watchdog, child, directory }: Run): string[] {
  return [
    ...(isAlive(watchdog) ? ['watchdog'] : []),
    ...(isAlive(child) ? ['child'] : []),
    ...(existsSync(directory) ? ['directory'] : []),
  ]
}

/** Its own start takes some tens of milliseconds, in which the signals of a terminal cannot reach it: it has a session of its own. */
function catchesSighup(pid: number): boolean {
  const caught = /SigCgt:\s+([0-9a-f]+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  return (BigInt(`0x${caught}`) & 1n) !== 0n
}

const gone = (run: Run): Promise<string[]> =>
  until(
    async () => leftovers(run),
    (left) => left.length === 0,
    { deadlineMs: 2_500, everyMs: 10 },
  )

describe('a watchdog whose run dies', () => {
  it('ends a child that ignores SIGTERM and removes the directory after SIGKILL', async () => {
    const { parent, run } = await startRun()
    expect(leftovers(run)).toEqual(['watchdog', 'child', 'directory'])
    parent.kill('SIGKILL')
    expect(await gone(run)).toEqual([])
  })

  it('does the same when the run exits without stopping anything', async () => {
    const { run } = await startRun('exit')
    expect(await gone(run)).toEqual([])
  })

  it.skipIf(process.platform !== 'linux')('is not ended by the signals of a terminal', async () => {
    const { parent, run } = await startRun()
    const isUp = await until(
      async () => catchesSighup(run.watchdog),
      (up) => up,
      { deadlineMs: 5_000, everyMs: 5 },
    )
    expect(isUp).toBe(true)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(run.watchdog, signal)
    parent.kill('SIGKILL')
    expect(await gone(run)).toEqual([])
  })
})

describe('a watchdog whose run lives', () => {
  const opened: Watchdog[] = []
  const start = async (): Promise<Watchdog> => {
    const watchdog = await startWatchdog()
    opened.push(watchdog)
    return watchdog
  }
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((watchdog) => watchdog.stop()))
  })
  const directory = (): string => mkdtempSync(path.join(os.tmpdir(), 'watchdog-test-'))
  const sleeper = (): ChildProcess => spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })

  it('stops twice, exits, and leaves alone what was released', async () => {
    const watchdog = await start()
    const [kept, removed] = [directory(), directory()]
    watchdog.guardDirectory(kept)
    watchdog.guardDirectory(removed)
    watchdog.release({ directory: kept })
    const { pid } = watchdog
    await Promise.all([watchdog.stop(), watchdog.stop()])
    await watchdog.stop()
    expect([isAlive(pid), existsSync(kept), existsSync(removed)]).toEqual([false, true, false])
    const other = await start()
    other.guardDirectory(kept)
    await other.stop()
    expect(existsSync(kept)).toBe(false)
  })

  it('takes over the registrations when it is killed itself', async () => {
    const watchdog = await start()
    const child = sleeper()
    const guarded = directory()
    watchdog.guardProcess(child.pid ?? -1)
    watchdog.guardDirectory(guarded)
    const first = watchdog.pid
    process.kill(first, 'SIGKILL')
    await until(
      async () => watchdog.pid,
      (pid) => pid !== first && isAlive(pid),
      { deadlineMs: 2_000, everyMs: 5 },
    )
    const second = watchdog.pid
    expect(second).not.toBe(first)
    process.kill(second, 'SIGKILL')
    await watchdog.stop()
    expect([isAlive(child.pid ?? -1), existsSync(guarded), isAlive(second)]).toEqual([false, false, false])
  })

  it('never signals another process that got the same pid', async () => {
    const child = sleeper()
    const { signalProcess } = await import('../../src/watchdog/process.ts')
    expect(signalProcess({ pid: child.pid ?? -1, startTime: 'another', group: true }, 'SIGKILL')).toBe(false)
    expect(isAlive(child.pid ?? -1)).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(startTimeOf(child.pid ?? -1)).toBeUndefined()
  })

  it('registers nothing for a process that is gone already', async () => {
    const child = sleeper()
    child.kill('SIGKILL')
    await once(child, 'exit')
    const watchdog = await start()
    watchdog.guardProcess(child.pid ?? -1)
    await watchdog.stop()
    expect(isAlive(watchdog.pid)).toBe(false)
  })

  it.skipIf(process.platform !== 'linux')('tells what it could not remove', async () => {
    const watchdog = await start()
    // A mount point such as /proc refuses removal even to root, and nothing in it can be unlinked.
    watchdog.guardDirectory('/proc/self/fd')
    opened.splice(0)
    await expect(watchdog.stop()).rejects.toThrow('the watchdog could not clean up: /proc/self/fd')
  })

  it.skipIf(process.platform !== 'linux')('costs little memory', async () => {
    const watchdog = await start()
    const nested = path.join(directory(), 'nested')
    mkdirSync(nested)
    writeFileSync(path.join(nested, 'file'), 'x')
    watchdog.guardDirectory(path.dirname(nested))
    const { pid } = watchdog
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    expect(rss).toBeLessThan(80_000)
    await watchdog.stop()
    expect(existsSync(nested)).toBe(false)
  })
})
