import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ReadingCommand } from '../../src/probes/redis.ts'
import { redis, redisConfig, redisInfo, redisLogin, redisTimes } from '../../src/probes/redis.ts'
import { freePort } from '../../src/targets/free-port.ts'
import type { RedisSpec } from '../../src/targets/schema.ts'
import { until } from '../../src/wait.ts'
import { bulk, startRedis, type TestRedis } from '../support/redis.ts'
import { testSession } from '../support/session.ts'
import { silentServer } from '../support/silent.ts'

const PASSWORD = 'a-password-of-redis'
const replies = {
  PING: '+PONG\r\n',
  DBSIZE: ':3\r\n',
  'INFO server': bulk('# Server\r\nredis_version:7.2.4\r\nuptime_in_seconds:90\r\n'),
  'CONFIG GET maxmemory-policy': `*2\r\n${bulk('maxmemory-policy')}${bulk('noeviction')}`,
  ROLE: '-NOPERM User runbook has no permissions to run the role command\r\n',
}

const specAt = (port: number): RedisSpec => ({ host: '127.0.0.1', port, password: { env: 'UNUSED' } })

describe('redis', () => {
  let server: TestRedis
  let session: ReturnType<typeof testSession>
  beforeEach(async () => {
    server = await startRedis(replies, PASSWORD)
    session = testSession({ 'redis.password': PASSWORD })
  })
  afterEach(async () => {
    await session.close()
    await server[Symbol.asyncDispose]()
  })

  it('asks over one connection that names the run', async () => {
    const spec = specAt(server.port)
    expect((await redis(spec, { command: 'DBSIZE', reply: z.int() }).read(session)).value).toBe(3)
    expect((await redisInfo(spec, 'server').read(session)).value).toMatchObject({ redis_version: '7.2.4' })
    expect((await redisConfig(spec, 'maxmemory-policy').read(session)).value).toEqual({ 'maxmemory-policy': 'noeviction' })
    expect((await redisTimes(spec, { samples: 3 }).read(session)).value).toHaveLength(3)
    expect(server.commands.filter((command) => command.startsWith('AUTH'))).toHaveLength(1)
    expect(server.commands).toContain('CLIENT SETNAME runbook/test-run')
  })

  it('is unobserved where the role may not ask, and where the answer has another shape', async () => {
    const spec = specAt(server.port)
    await expect(redis(spec, { command: 'ROLE', reply: z.array(z.unknown()) }).read(session)).rejects.toThrow(
      /NOPERM.*ACL SETUSER/,
    )
    await expect(redis(spec, { command: 'PING', reply: z.int() }).read(session)).rejects.toThrow('another shape')
  })

  it('is unobserved, not unreachable, where the password is wrong', async () => {
    const stranger = testSession({ 'redis.password': 'wrong' })
    const reading = redis(specAt(server.port), { command: 'PING', reply: z.string() }).read(stranger)
    await expect(reading).rejects.toMatchObject({ name: 'Unobserved', message: expect.stringContaining('WRONGPASS') })
    await stranger.close()
  })

  it('tells by login who is let in', async () => {
    const spec = specAt(server.port)
    const login = (password: Parameters<typeof redisLogin>[1]['password']) => redisLogin(spec, { password }).read(session)
    expect((await login({ secret: 'redis.password' })).value).toEqual({ accepted: true })
    expect((await login('none')).value).toMatchObject({ accepted: false, code: 'NOAUTH' })
    expect((await login({ wrong: 'nonsense' })).value).toMatchObject({ accepted: false, code: 'WRONGPASS' })
  })

  it('notices a server that lets everybody in', async () => {
    await using open = await startRedis(replies)
    expect((await redisLogin(specAt(open.port), { password: 'none' }).read(session)).value).toEqual({ accepted: true })
  })

  it('never holds a password in the line it shows', () => {
    const { reproduce } = redisInfo(specAt(6379), 'server').access
    expect(reproduce).toBe('REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli -h 127.0.0.1 -p 6379 INFO server')
  })

  it.each(['FLUSHALL', 'SET', 'CONFIG SET', 'KEYS', 'DEBUG', 'SHUTDOWN'])('refuses to be asked for %s', (command) => {
    expect(() => redis(specAt(1), { command: command as ReadingCommand, reply: z.unknown() })).toThrow('may send')
  })

  it.each(['requirepass', '*', 'masterauth'])('refuses to show the setting %s', (setting) => {
    expect(() => redisConfig(specAt(1), setting)).toThrow('may send')
  })

  it('is unreachable where nobody listens', async () => {
    await expect(redisInfo(specAt(1), 'server').read(session)).rejects.toMatchObject({ name: 'Unreachable', refused: true })
    await expect(redisLogin(specAt(1), { password: 'none' }).read(session)).rejects.toMatchObject({
      name: 'Unreachable',
      refused: true,
    })
  })

  it('does not wait for a server that says nothing', async () => {
    await using silent = await silentServer()
    const ping = { command: 'PING', reply: z.string(), deadlineMs: 150 } as const
    await expect(redis(specAt(silent.port), ping).read(session)).rejects.toMatchObject({ name: 'Unreachable' })
    const login = redisLogin(specAt(silent.port), { password: 'none', deadlineMs: 150 })
    await expect(login.read(session)).rejects.toMatchObject({ name: 'Unreachable' })
    await session.close()
  })
})

describe.skipIf(!hasRedisServer())('redis at a real server (needs redis-server on the PATH)', () => {
  it('is understood in all that it answers', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'test-redis-'))
    const port = await freePort()
    const argv = ['--port', String(port), '--bind', '127.0.0.1', '--requirepass', PASSWORD, '--dir', directory, '--save', '']
    const server = spawn('redis-server', argv, { stdio: 'ignore' })
    const session = testSession({ 'redis.password': PASSWORD })
    const spec = specAt(port)
    try {
      const login = redisLogin(spec, { password: 'none' })
      const answered = () => login.read(session).then(Boolean, () => false)
      await until(answered, Boolean, { deadlineMs: 10_000, everyMs: 50 })
      expect((await login.read(session)).value).toMatchObject({ code: 'NOAUTH' })
      expect((await redisLogin(spec, { password: { wrong: 'x' } }).read(session)).value).toMatchObject({ code: 'WRONGPASS' })
      expect((await redisLogin(spec, { password: { secret: 'redis.password' } }).read(session)).value).toEqual({ accepted: true })
      expect((await redisInfo(spec, 'replication').read(session)).value).toMatchObject({ role: 'master' })
      expect((await redisConfig(spec, 'appendonly').read(session)).value).toEqual({ appendonly: 'no' })
    } finally {
      await session.close()
      server.kill()
      await once(server, 'exit')
      await rm(directory, { recursive: true })
    }
  })
})

function hasRedisServer(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
