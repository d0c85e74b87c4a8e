import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import packet, { type Answer, type Packet } from 'dns-packet'

/** What a name resolves to. A record of an absent type is an empty answer, an absent name is NXDOMAIN. */
export interface DnsRecord {
  readonly a?: readonly string[]
  readonly aaaa?: readonly string[]
  readonly cname?: string
  /** Seconds. Default 300. */
  readonly ttl?: number
}

/** A name server that is the authority for its zone and knows nothing else. */
export interface DnsServer {
  readonly host: '127.0.0.1'
  /** For UDP and for TCP. */
  readonly port: number
  records(): Readonly<Record<string, DnsRecord>>
  /** Changes a name's record; undefined removes the name. */
  setRecord(name: string, record: DnsRecord | undefined): void
  isAnswering(): boolean
  /** Whether it answers, or takes questions and says nothing. */
  setAnswering(answering: boolean): void
  stop(): Promise<void>
}

const TTL_SECONDS = 300
/** A port that is free for UDP may be taken for TCP. */
const PORT_ATTEMPTS = 10
/** A name server error: the flags' low four bits. */
const NXDOMAIN = 3
const MAX_TCP_QUERY = 65_535

/** Starts a name server on a free port of loopback, the same for UDP and TCP. */
export async function startDnsServer(initial: Readonly<Record<string, DnsRecord>>): Promise<DnsServer> {
  const records = new Map(Object.entries(initial))
  const { udp, tcp, port } = await bind()
  const sockets = new Set<net.Socket>()
  let isAnswering = true
  udp.on('message', (message, { port: to, address }) => {
    const reply = isAnswering ? respond(message, records) : undefined
    if (reply !== undefined) udp.send(reply, to, address)
  })
  tcp.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    if (isAnswering) serve(socket, records)
  })
  let stopped: Promise<void> | undefined
  return {
    host: '127.0.0.1',
    port,
    records: () => Object.fromEntries(records),
    setRecord(name, record) {
      if (record === undefined) records.delete(name)
      else records.set(name, record)
    },
    isAnswering: () => isAnswering,
    setAnswering(answering) {
      isAnswering = answering
    },
    stop() {
      stopped ??= stop(udp, tcp, sockets)
      return stopped
    },
  }
}

async function bind(): Promise<{ udp: UdpSocket; tcp: net.Server; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const udp = createSocket('udp4')
    udp.bind(0, '127.0.0.1')
    await once(udp, 'listening')
    const { port } = udp.address()
    const tcp = net.createServer()
    tcp.listen(port, '127.0.0.1')
    try {
      await once(tcp, 'listening')
      return { udp, tcp, port }
    } catch (error) {
      udp.close()
      if (attempt === PORT_ATTEMPTS) throw error
    }
  }
}

async function stop(udp: UdpSocket, tcp: net.Server, sockets: ReadonlySet<net.Socket>): Promise<void> {
  const closed = [once(udp, 'close'), once(tcp, 'close')]
  udp.close()
  tcp.close()
  for (const socket of sockets) socket.destroy()
  await Promise.all(closed)
}

/** Over TCP each message comes behind its length, in two bytes. */
function serve(socket: net.Socket, records: ReadonlyMap<string, DnsRecord>): void {
  let received = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    if (received.length > MAX_TCP_QUERY + 2) return void socket.destroy()
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0)
      const reply = respond(received.subarray(2, end), records)
      received = received.subarray(end)
      if (reply === undefined) return void socket.destroy()
      const length = Buffer.alloc(2)
      length.writeUInt16BE(reply.length)
      socket.write(Buffer.concat([length, reply]))
    }
  })
}

/** The reply to one query, or undefined for what is no query: that gets no answer, as from any name server. */
function respond(message: Buffer, records: ReadonlyMap<string, DnsRecord>): Buffer | undefined {
  const query = decode(message)
  const [question] = query?.questions ?? []
  if (query === undefined || question === undefined) return undefined
  const name = question.name.toLowerCase()
  const record = records.get(name)
  return packet.encode({
    type: 'response',
    ...(query.id === undefined ? {} : { id: query.id }),
    // RD is repeated; RA is set, since clients treat these servers as their resolvers.
    flags:
      packet.AUTHORITATIVE_ANSWER |
      packet.RECURSION_AVAILABLE |
      ((query.flags ?? 0) & packet.RECURSION_DESIRED) |
      (record ? 0 : NXDOMAIN),
    questions: [question],
    answers: record === undefined ? [] : answersOf(name, question.type, record, records),
  })
}

function decode(message: Buffer): Packet | undefined {
  try {
    return packet.decode(message)
  } catch {
    return undefined
  }
}

function answersOf(name: string, type: string, record: DnsRecord, records: ReadonlyMap<string, DnsRecord>): Answer[] {
  const { a = [], aaaa = [], cname, ttl = TTL_SECONDS } = record
  if (cname !== undefined) {
    const target = records.get(cname.toLowerCase())
    const own: Answer = { type: 'CNAME', name, ttl, data: cname }
    return target === undefined || type === 'CNAME' ? [own] : [own, ...answersOf(cname, type, target, records)]
  }
  if (type === 'A') return a.map((data) => ({ type, name, ttl, data }))
  if (type === 'AAAA') return aaaa.map((data) => ({ type, name, ttl, data }))
  return []
}
