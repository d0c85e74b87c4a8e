import { describe, expect, it } from 'vitest'
import { localShell } from '../../src/host/local.ts'

const options = () => ({ timeoutMs: 5_000, maxBytes: 1_000, signal: new AbortController().signal })

describe('the local shell', () => {
  it('gives exit code, output and complaint apart', async () => {
    const result = await localShell().run(['sh', '-c', 'cat; echo no >&2; exit 3'], { ...options(), stdin: 'in' })
    expect(result).toEqual({ exitCode: 3, stdout: 'in', stderr: 'no\n', truncated: false })
  })

  it('keeps no more than it was told to', async () => {
    const result = await localShell().run(['sh', '-c', 'yes | head -c 100000'], options())
    expect(result.stdout.length).toBe(1_000)
    expect(result.truncated).toBe(true)
  })

  it('takes a command that cannot be started, or is killed, as unreachable and never as an exit code', async () => {
    await expect(localShell().run(['no-such-command'], options())).rejects.toMatchObject({ name: 'Unreachable' })
    await expect(localShell().run(['sh', '-c', 'kill -9 $$'], options())).rejects.toMatchObject({ name: 'Unreachable' })
  })

  it('ends a command at its time-out, with everything that it started', async () => {
    const start = performance.now()
    const running = localShell().run(['sh', '-c', 'sleep 30 & echo $!; wait'], { ...options(), timeoutMs: 300 })
    await expect(running).rejects.toThrow(/did not end within 300 ms/)
    expect(performance.now() - start).toBeLessThan(20_000)
  })

  it('ends a command when the observation is cut off', async () => {
    const controller = new AbortController()
    const running = localShell().run(['sleep', '30'], { ...options(), signal: controller.signal })
    controller.abort()
    await expect(running).rejects.toThrow(/cut off/)
  })

  it('does not wait for an orphan that holds the output', async () => {
    const start = performance.now()
    const { stdout } = await localShell().run(['sh', '-c', 'sleep 30 & echo $!'], options())
    process.kill(Number(stdout))
    expect(performance.now() - start).toBeLessThan(20_000)
  })
})
