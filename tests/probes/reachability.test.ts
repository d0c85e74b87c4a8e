import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { attempts, connectsFrom, parseAttempts } from '../../src/probes/reachability.ts'
import { testSession } from '../support/session.ts'
import { SSHD, startSshd } from '../support/sshd.ts'
import { closedPort, listening } from './support/server.ts'

describe('a look from elsewhere', () => {
  it('tells open ports from closed ones', async () => {
    await using up = await listening(createServer())
    const closed = `127.0.0.1:${await closedPort(createServer())}`
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', attempts([up.address, closed])])
    expect(parseAttempts(stdout, stderr, [up.address, closed], 'here')).toEqual([
      { address: up.address, result: 'open' },
      { address: closed, result: 'refused' },
    ])
  })

  it.each([
    ['0\t', 'open'],
    ['124\t', 'timeout'],
    ['1\tnc: connect to h port 1 (tcp) failed: Connection refused', 'refused'],
    ['1\tnc: getaddrinfo for host "h" port 1: Name or service not known', 'unresolved'],
    ['1\tbash: connect: No route to host', 'failed'],
  ])('understands %j', (said, result) => {
    expect(parseAttempts(`h:1\t${said}\n`, '', ['h:1'], 'there')).toEqual([{ address: 'h:1', result }])
  })

  it('is unobserved where an address was not tried', () => {
    expect(() => parseAttempts('', 'neither bash nor nc is there', ['h:1'], 'there')).toThrow('neither bash nor nc is there')
  })

  it.skipIf(SSHD === undefined)('goes over ssh to a vantage that has a section of its own (needs sshd)', async () => {
    await using sshd = await startSshd()
    await using up = await listening(createServer())
    const closed = `127.0.0.1:${await closedPort(createServer())}`
    const session = testSession()
    try {
      const { value } = await connectsFrom(sshd.host(), [up.address, closed]).read(session)
      expect(value.map(({ result }) => result)).toEqual(['open', 'refused'])
    } finally {
      await session.close()
    }
  })

  it('is unobserved where the vantage cannot be reached', async () => {
    const probe = connectsFrom('probe@vantage.invalid', ['192.0.2.1:5432'])
    expect(probe.access).toMatchObject({ address: 'ssh:probe@vantage.invalid', effect: 'read' })
    const session = testSession()
    await expect(probe.read(session)).rejects.toMatchObject({ name: expect.stringMatching(/^Un(observed|reachable)$/) })
  })
})
