import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

/** A question as it came: its id, its bytes behind the header, the name's first label. */
export interface Question {
  readonly id: Buffer
  readonly question: Buffer
}

export interface HostileNameServer extends AsyncDisposable {
  readonly server: string
}

/** A name server that answers every datagram by these bytes (none: silence), and every TCP connection by that. */
export async function nameServer(
  reply: (asked: Question) => readonly Buffer[],
  overTcp: (socket: Socket) => void = (socket) => socket.destroy(),
): Promise<HostileNameServer> {
  const tcp = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    overTcp(socket)
  })
  await once(tcp.listen(0, '127.0.0.1'), 'listening')
  const address = tcp.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const udp = createSocket('udp4')
  udp.on('message', (message, from) => {
    for (const answer of reply({ id: message.subarray(0, 2), question: questionOf(message) }))
      udp.send(answer, from.port, from.address)
  })
  udp.bind(address.port, '127.0.0.1')
  await once(udp, 'listening')
  return {
    server: `127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      udp.close()
      tcp.close()
      tcp.unref()
    },
  }
}

/** The question section: the name, its type and class; what comes behind (EDNS) is left out. */
function questionOf(message: Buffer): Buffer {
  let at = 12
  while ((message[at] ?? 0) !== 0) at += (message[at] ?? 0) + 1
  return message.subarray(12, at + 5)
}

/** A whole answer: header with these flags and counts, the question, then these records. */
export function answered({ id, question }: Question, records: readonly Buffer[], flags = 0x8580): Buffer {
  const head = Buffer.alloc(10)
  head.writeUInt16BE(flags, 0)
  head.writeUInt16BE(1, 2)
  head.writeUInt16BE(records.length, 4)
  return Buffer.concat([id, head, question, ...records])
}

/** A record about the name of the question. */
export function record(type: number, data: Buffer, ttl = 300, length = data.length): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt16BE(0xc00c, 0)
  bytes.writeUInt16BE(type, 2)
  bytes.writeUInt16BE(1, 4)
  bytes.writeUInt32BE(ttl, 6)
  bytes.writeUInt16BE(length, 10)
  return Buffer.concat([bytes, data])
}

/** A name as DNS writes it. */
export function nameOf(...labels: readonly string[]): Buffer {
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([Buffer.byteLength(label)]), Buffer.from(label)]),
    Buffer.from([0]),
  ])
}
