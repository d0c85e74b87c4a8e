import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import Docker from 'dockerode'
import { describe, expect, it } from 'vitest'
import { HealthyOrFailed, PartFailed } from '../../../src/targets/ephemeral/ready.ts'

interface Script {
  readonly state: Record<string, unknown>
  readonly restarts?: number
}

/** A container that is in one state for ever, and logs one line. */
async function waitFor(
  { state, restarts = 0 }: Script,
  { health = true, signal = AbortSignal.timeout(20_000), withinMs = 300 } = {},
) {
  const server = http.createServer((request, response) => {
    if (request.url?.includes('/logs') === true) {
      const line = Buffer.from('FATAL: no such setting\n')
      const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, line.length])
      return void response.end(Buffer.concat([header, line]))
    }
    response.end(JSON.stringify({ RestartCount: restarts, State: { ExitCode: 0, ...state } }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const container = new Docker({ host: '127.0.0.1', port, protocol: 'http' }).getContainer('one')
  try {
    await new HealthyOrFailed('store', health, signal).withStartupTimeout(withinMs).waitUntilReady(container)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('a part that was started', () => {
  it('is ready once it is healthy, or runs where it has no health check', async () => {
    await waitFor({ state: { Status: 'running', Health: { Status: 'healthy' } } })
    await waitFor({ state: { Status: 'running' } }, { health: false })
  })

  const FAILED: readonly (readonly [string, Script, RegExp])[] = [
    ['dies at its start', { state: { Status: 'exited', ExitCode: 1 } }, /^store ended with exit code 1; /],
    [
      'is killed for its memory',
      { state: { Status: 'exited', ExitCode: 137, OOMKilled: true } },
      /code 137, killed for want of memory/,
    ],
    ['restarts again and again', { state: { Status: 'running', ExitCode: 2 }, restarts: 3 }, /^store ended with exit code 2; /],
    [
      'never becomes healthy',
      { state: { Status: 'running', Health: { Status: 'starting', Log: [{ Output: 'no answer on 5432' }] } } },
      /^store was not healthy within 0.3 s \(its health check says: no answer on 5432\); /,
    ],
  ]
  it.each(FAILED)('%s: the error names it, shows its last log lines, and says what to do', async (_what, script, said) => {
    const failure = await waitFor(script).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(PartFailed)
    expect(String(failure).replace('PartFailed: ', '')).toMatch(said)
    expect(String(failure)).toContain('its last log lines:\nFATAL: no such setting\n')
    expect(String(failure)).toContain('run its image by hand, or with --keep and docker logs')
  })

  it('is not waited for where the run was interrupted', async () => {
    const signal = AbortSignal.abort(new Error('interrupted'))
    await expect(waitFor({ state: { Status: 'created' } }, { signal })).rejects.toThrow('interrupted')
  })
})
