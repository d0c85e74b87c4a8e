import { z } from 'zod'
import { openRedis, type RedisConnection } from '../probes/redis-session.ts'
import type { OwnLedgerStore, TokenEntry } from './drill-stage.ts'

export interface RedisLedgerOptions {
  readonly redis: { readonly host: string; readonly port: number; readonly password: string }
  /** Begins the keys that nobody else uses; `close` deletes them. Letters, digits, `-`, `_`, `.` and `:` only. */
  readonly prefix: string
  /** What token a key's value holds; undefined where it is nobody's. */
  readonly tokenOf: (value: string) => TokenEntry | undefined
}

const CONNECT_MS = 5_000
/** Keys that one step of a scan looks at. */
const STEP = '1000'

const pageSchema = z.tuple([z.string(), z.array(z.string())])
/** A key that went between scan and get is null. */
const valuesSchema = z.array(z.string().nullable())

/** The keys with a prefix as a place of tokens. @throws RangeError for a prefix that a scan would take for a pattern. */
export async function openRedisLedger({ redis, prefix, tokenOf }: RedisLedgerOptions): Promise<OwnLedgerStore> {
  if (!/^[\w.:-]+$/.test(prefix)) throw new RangeError(`"${prefix}" is no prefix of keys`)
  const connection = await connect(redis)
  return {
    name: 'redis',
    takenBack: false,
    read: () => tokensIn(connection, prefix, tokenOf),
    async close() {
      try {
        const keys = await keysOf(connection, prefix)
        if (keys.length > 0) await connection.sendCommand(['UNLINK', ...keys])
      } finally {
        connection.destroy()
      }
    },
  }
}

/** The tokens of keys that are others' as well: read over a connection of its own, and nothing is deleted. */
export async function readRedisTokens({ redis, prefix, tokenOf }: RedisLedgerOptions): Promise<TokenEntry[]> {
  const connection = await connect(redis)
  try {
    return await tokensIn(connection, prefix, tokenOf)
  } finally {
    connection.destroy()
  }
}

async function connect({ host, port, password }: RedisLedgerOptions['redis']): Promise<RedisConnection> {
  const connection = await openRedis({ host, port }, { name: 'runbook/ledger', password }, CONNECT_MS)
  try {
    await connection.ready
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  }
}

async function tokensIn(
  connection: RedisConnection,
  prefix: string,
  tokenOf: RedisLedgerOptions['tokenOf'],
): Promise<TokenEntry[]> {
  const keys = await keysOf(connection, prefix)
  if (keys.length === 0) return []
  const values = valuesSchema.parse(await connection.sendCommand(['MGET', ...keys]))
  return values.flatMap((value) => (value === null ? [] : (tokenOf(value) ?? [])))
}

/** A scan may show a key twice. */
async function keysOf(connection: RedisConnection, prefix: string): Promise<string[]> {
  const keys = new Set<string>()
  let cursor = '0'
  do {
    const page = await connection.sendCommand(['SCAN', cursor, 'MATCH', `${prefix}*`, 'COUNT', STEP])
    const [next, found] = pageSchema.parse(page)
    for (const key of found) keys.add(key)
    cursor = next
  } while (cursor !== '0')
  return [...keys]
}
