import { z } from 'zod'
import { Unobserved } from '../outcome.ts'
import type { Probe, Session } from '../probe.ts'
import type { RedisSpec } from '../targets/schema.ts'
import { tlsFlags } from './client-tls.ts'
import { connectionFailure, timeoutFailure } from './connection-error.ts'
import { deadline, GRACE_MS } from './deadline.ts'
import { raced } from './raced.ts'
import { openRedis, overRedis, redisAddress, redisErrorOf } from './redis-session.ts'
import { quote, secretVariable } from './reproduce.ts'

/** Every command that a probe may send, by its first words: none of them changes anything. */
const READING = [
  'PING',
  'INFO',
  'DBSIZE',
  'TIME',
  'LASTSAVE',
  'ROLE',
  'ACL WHOAMI',
  'CONFIG GET',
  'LATENCY LATEST',
  'SLOWLOG LEN',
  'MEMORY STATS',
] as const

export type ReadingCommand = (typeof READING)[number]

export interface RedisOptions<T> {
  readonly command: ReadingCommand
  readonly arguments?: readonly string[]
  readonly reply: z.ZodType<T>
  readonly system?: string
  readonly deadlineMs?: number
}

const DEFAULT_DEADLINE_MS = 5_000

/** The reply to one reading command. @throws TypeError for a command that is not on the list or would show a password. */
export function redis<T>(spec: RedisSpec, options: RedisOptions<T>): Probe<T> {
  const { command, arguments: rest = [], reply, system = 'redis', deadlineMs = DEFAULT_DEADLINE_MS } = options
  requireReading(command, rest)
  const words = [...command.split(' '), ...rest]
  return {
    kind: 'redis',
    access: { system, address: redisAddress(spec), operation: words.join(' '), effect: 'read', reproduce: redisCli(spec, words) },
    deadlineMs: deadlineMs + GRACE_MS,
    async read(session) {
      const answer = await overRedis(session, spec, deadlineMs, (connection) => connection.sendCommand(words))
      const parsed = reply.safeParse(answer)
      const raw = typeof answer === 'string' ? answer : JSON.stringify(answer)
      if (parsed.success) return { value: parsed.data, raw }
      const text = `${words.join(' ')} at Redis ${redisAddress(spec)} answered another shape: ${z.prettifyError(parsed.error)}`
      throw new Unobserved({ id: `shape:${redisAddress(spec)}:${words.join(' ')}`, text })
    },
  }
}

/** A section of INFO as fields, such as `{ redis_version: '7.2.4', … }`. */
export function redisInfo(spec: RedisSpec, section: string, system = 'redis'): Probe<Record<string, string>> {
  return redis(spec, { command: 'INFO', arguments: [section], reply: z.string().transform(fieldsOf), system })
}

/** The effective value of one setting, by its name; empty where the server knows no such setting. */
export function redisConfig(spec: RedisSpec, setting: string, system = 'redis'): Probe<Record<string, string>> {
  return redis(spec, { command: 'CONFIG GET', arguments: [setting], reply: z.array(z.string()).transform(pairsOf), system })
}

/** Milliseconds that each of so many PINGs took, one after the other. */
export function redisTimes(
  spec: RedisSpec,
  { samples, system = 'redis' }: { samples: number; system?: string },
): Probe<number[]> {
  const deadlineMs = 10_000
  return {
    kind: 'redis',
    access: {
      system,
      address: redisAddress(spec),
      operation: `PING, ${samples} times`,
      effect: 'read',
      reproduce: redisCli(spec, ['--latency']),
    },
    deadlineMs: deadlineMs + GRACE_MS,
    async read(session) {
      const value = await overRedis(session, spec, deadlineMs, async (connection) => {
        const times: number[] = []
        for (let sample = 0; sample < samples; sample += 1) {
          const start = performance.now()
          await connection.sendCommand(['PING'])
          times.push(performance.now() - start)
        }
        return times
      })
      return { value, raw: value.map((ms) => ms.toFixed(3)).join(' ') }
    },
  }
}

/** Whether Redis obeys somebody with this password; if not, by which error: NOAUTH wants one, WRONGPASS another. */
export type RedisLogin =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly code: string; readonly message: string }

export interface RedisLoginOptions {
  /** `none` sends no password; `wrong` one that must not let in, which Redis keeps in its ACL log. */
  readonly password: 'none' | { readonly wrong: string } | { readonly secret: string }
  readonly system?: string
  readonly deadlineMs?: number
}

/** Tries one password, or none, with a PING, and hangs up. A refusal is an answer and not an error. */
export function redisLogin(spec: RedisSpec, options: RedisLoginOptions): Probe<RedisLogin> {
  const { password, system = 'redis', deadlineMs = DEFAULT_DEADLINE_MS } = options
  const { which, cli, given } = spelled(password)
  return {
    kind: 'redis-login',
    access: {
      system,
      address: redisAddress(spec),
      operation: `PING with ${which}`,
      effect: password !== 'none' && 'wrong' in password ? 'synthetic-write' : 'read',
      reproduce: `${cli}${client(spec)} PING`,
    },
    deadlineMs: deadlineMs + GRACE_MS,
    async read(session) {
      const value = await attempt(session, spec, given(session), deadlineMs)
      return { value, raw: value.accepted ? 'PONG' : value.message }
    },
  }
}

async function attempt(
  session: Session,
  spec: RedisSpec,
  opening: { password?: string },
  deadlineMs: number,
): Promise<RedisLogin> {
  using limit = deadline(session, deadlineMs)
  const connection = await openRedis(spec, opening, deadlineMs)
  try {
    await raced(connection.ready, limit.signal)
    await raced(connection.sendCommand(['PING']), limit.signal)
    return { accepted: true }
  } catch (error) {
    const refusal = redisErrorOf(error)
    if (refusal !== undefined) return { accepted: false, ...refusal }
    const address = redisAddress(spec)
    const tried = `a PING to Redis ${address}`
    const phase = connection.isConnected() ? 'request' : 'connect'
    throw limit.expired() ? timeoutFailure(address, tried, deadlineMs, phase) : connectionFailure(address, tried, error, phase)
  } finally {
    connection.destroy()
  }
}

function spelled(password: RedisLoginOptions['password']): {
  readonly which: string
  readonly cli: string
  readonly given: (session: Session) => { password?: string }
} {
  if (password === 'none') return { which: 'no password', cli: '', given: () => ({}) }
  if ('wrong' in password) {
    return {
      which: 'a wrong password',
      cli: `REDISCLI_AUTH=${quote(password.wrong)} `,
      given: () => ({ password: password.wrong }),
    }
  }
  return {
    which: `the password on record (${password.secret})`,
    cli: `REDISCLI_AUTH=${secretVariable(password.secret)} `,
    given: (session) => ({ password: session.secret(password.secret) }),
  }
}

function requireReading(command: string, rest: readonly string[]): void {
  const isListed = READING.some((listed) => listed === command)
  // CONFIG GET takes patterns: only a plain name that is no password's may be asked for.
  const isHarmless = command !== 'CONFIG GET' || rest.every((name) => /^[a-z-]+$/.test(name) && !/pass|auth/.test(name))
  if (!isListed || !isHarmless) throw new TypeError(`${[command, ...rest].join(' ')} is not a command that a probe may send`)
}

function redisCli(spec: RedisSpec, words: readonly string[]): string {
  return `REDISCLI_AUTH=${secretVariable('redis.password')} ${client(spec)} ${words.map(quote).join(' ')}`
}

function client(spec: RedisSpec): string {
  const { host, port, user, tls } = spec
  const secure = tls ? ` --tls${tlsFlags(spec, TLS_FLAGS)}` : ''
  return `redis-cli -h ${quote(host)} -p ${port}${user === undefined ? '' : ` --user ${quote(user)}`}${secure}`
}

const TLS_FLAGS = { ca: '--cacert', serverName: '--sni', certificate: '--cert', key: '--key' }

function fieldsOf(info: string): Record<string, string> {
  const lines = info.split(/\r?\n/).filter((line) => line.includes(':'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}

function pairsOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? '']] : [])))
}
