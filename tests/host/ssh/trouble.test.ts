import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShell } from '../../../src/host/open.ts'
import { causeInWords } from '../../../src/host/ssh/words.ts'
import type { HostSpec } from '../../../src/targets/schema.ts'
import { SSHD, startSshd, type TestSshd, wireTo } from '../../support/sshd.ts'

const IMPATIENT = ['ServerAliveInterval 1', 'ServerAliveCountMax 2', 'ConnectTimeout 2']
const options = { timeoutMs: 60_000, maxBytes: 10_000, signal: AbortSignal.timeout(100_000) }

async function causeOf(host: HostSpec): Promise<string> {
  const opened = await Promise.allSettled([openShell(host)])
  const [first] = opened
  if (first?.status !== 'rejected') throw new Error('it connected')
  expect(first.reason).toMatchObject({ refused: false, rootCause: { id: 'unreachable:ssh:web' } })
  return String(first.reason.message)
}

describe.skipIf(SSHD === undefined)('trouble on the way to a host (needs sshd)', () => {
  let sshd: TestSshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd[Symbol.asyncDispose]())

  it('a line that falls silent is noticed, and is the one cause of what comes after', async () => {
    await using wire = await wireTo(sshd.port)
    const host = sshd.host([`Port ${wire.port}`, ...IMPATIENT])
    const shell = await openShell(host)
    try {
      const running = shell.run(['sh', '-c', 'echo seen; sleep 50'], options)
      const begun = wire.turns()
      await expect.poll(() => wire.turns()).toBeGreaterThan(begun)
      wire.stall()
      await expect(running).rejects.toThrow(/the ssh connection to web was lost .*(?:not responding|timeout)/i)
      await expect(shell.run(['true'], options)).rejects.toThrow(/the ssh connection to web was lost/)
    } finally {
      await shell.close()
    }
  }, 60_000)

  it('a server that takes the connection and says nothing is given up, and named so', async () => {
    const mute = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const address = mute.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect(await causeOf(sshd.host([`Port ${port}`, ...IMPATIENT]))).toMatch(/timed out|could not be reached|taken and given up/)
    mute.close()
  }, 60_000)

  it('the agent’s key lets in, and nothing is asked of anybody', async () => {
    const socket = path.join(sshd.directory, 'agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
    try {
      const add = (): boolean => {
        try {
          execFileSync('ssh-add', [path.join(sshd.directory, 'user-key')], {
            env: { ...process.env, SSH_AUTH_SOCK: socket },
            stdio: 'ignore',
          })
          return true
        } catch (error) {
          if (error instanceof Error) return false
          throw error
        }
      }
      await expect.poll(add, { timeout: 10_000 }).toBe(true)
      const withoutFile = sshd
        .entry('web', [`IdentityAgent ${socket}`, 'IdentitiesOnly no'])
        .replace(/IdentityFile .*/, 'IdentityFile none')
      const shell = await openShell(sshd.host([], { sshConfig: sshd.config(withoutFile) }))
      expect(await shell.run(['echo', 'in'], options)).toMatchObject({ stdout: 'in\n' })
      await shell.close()
      const locked = withoutFile.replace(socket, path.join(sshd.directory, 'no-agent'))
      expect(await causeOf(sshd.host([], { sshConfig: sshd.config(locked) }))).toMatch(/no key was offered/)
    } finally {
      agent.kill()
      await once(agent, 'exit')
    }
  }, 60_000)
})

describe('what ssh says', () => {
  it.each([
    [
      'ssh: connect to host 10.0.0.1 port 22: No route to host',
      /it could not be reached \(.*No route to host\); check the network/,
    ],
    ['ssh: connect to host 10.0.0.1 port 22: Connection timed out', /it could not be reached/],
    ['Connection timed out during banner exchange', /it could not be reached .*banner exchange/],
    ['kex_exchange_identification: Connection closed by remote host', /taken and given up .*MaxStartups/],
    ['web: Too many authentication failures', /agent offered more keys than the host allows/],
    ['something new', /came to nothing: something new; try it by hand/],
  ])('%s: is told with what to do', (text, words) => {
    expect(causeInWords({ destination: 'web', text })).toMatch(words)
  })
})
