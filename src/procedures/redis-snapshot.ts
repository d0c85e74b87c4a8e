import { once } from 'node:events'
import net from 'node:net'
import { PassThrough } from 'node:stream'
import type { BackupFile } from './manifest.ts'
import { storeFile } from './stored-file.ts'

export interface RedisPlace {
  readonly host: string
  readonly port: number
  readonly password: string
}

export interface RedisSnapshotOptions {
  readonly redis: RedisPlace
  /** The backup’s directory. */
  readonly directory: string
  readonly signal?: AbortSignal
}

const SNAPSHOT_FILE = 'redis/dump.rdb'
const SILENCE_MS = 30_000
/** What comes before the snapshot is a few short replies. */
const MAX_REPLY = 1_024

/**
 * Takes a snapshot as a replica gets one: the server writes it aside and sends it, without stopping. The file is an RDB as the
 * server itself writes it, and is put back by being there when it starts.
 */
export async function redisSnapshot({
  redis,
  directory,
  signal,
}: RedisSnapshotOptions): Promise<{ readonly file: BackupFile; readonly keys: number }> {
  const keys = await keyCount(redis)
  const socket = net.connect(redis.port, redis.host)
  socket.setTimeout(SILENCE_MS, () =>
    socket.destroy(new Error(`Redis said nothing for ${SILENCE_MS} ms while its snapshot was taken`)),
  )
  const reader = new Replies(socket)
  try {
    await reader.ask('AUTH', redis.password)
    socket.write(command('SYNC'))
    const length = await reader.length()
    const content = new PassThrough()
    const stored = storeFile(content, { directory, path: SNAPSHOT_FILE, ...(signal && { signal }) })
    await Promise.all([stored, reader.pass(length, content)])
    return { file: await stored, keys }
  } finally {
    socket.destroy()
  }
}

async function keyCount({ host, port, password }: RedisPlace): Promise<number> {
  const { createClient } = await import('@redis/client')
  const client = createClient({ socket: { host, port, reconnectStrategy: false }, password })
  // Whatever breaks is told by the command.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await client.dbSize()
  } finally {
    client.destroy()
  }
}

function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
}

/** What a server sends, read piece by piece; nothing of a snapshot is held beyond one piece. */
class Replies {
  readonly #socket: net.Socket
  readonly #pieces: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(socket: net.Socket) {
    this.#socket = socket
    this.#pieces = socket.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  }

  /** @throws Error with what the server refused. */
  async ask(...words: readonly string[]): Promise<void> {
    this.#socket.write(command(...words))
    const reply = await this.#line()
    if (reply.startsWith('-')) throw new Error(`Redis refused ${words[0]}: ${reply.slice(1)}`)
  }

  /** The length of the snapshot that follows; empty lines come while the server writes it. */
  async length(): Promise<number> {
    for (;;) {
      const reply = await this.#line()
      if (reply === '') continue
      const length = /^\$(\d+)$/.exec(reply)?.[1]
      if (length === undefined) throw new Error(`Redis gave no snapshot: ${reply.slice(0, 200)}`)
      return Number(length)
    }
  }

  /** Passes so many bytes on and ends the stream. @throws Error where the connection ends before. */
  async pass(length: number, into: PassThrough): Promise<void> {
    let left = length
    while (left > 0) {
      if (this.#rest.length === 0) this.#rest = await this.#next()
      const piece = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(piece.length)
      left -= piece.length
      if (!into.write(piece)) await once(into, 'drain')
    }
    into.end()
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf('\n')
      if (end >= 0) {
        const line = this.#rest.subarray(0, end).toString('latin1').replace(/\r$/, '')
        this.#rest = this.#rest.subarray(end + 1)
        return line
      }
      if (this.#rest.length > MAX_REPLY) throw new Error('Redis gave a reply that is no line')
      this.#rest = Buffer.concat([this.#rest, await this.#next()])
    }
  }

  async #next(): Promise<Buffer> {
    const { done, value } = await this.#pieces.next()
    if (done === true) throw new Error('Redis closed the connection before its snapshot was whole')
    return value
  }
}
