import { createServer, type Socket } from 'node:net'
import { Writer } from '@platformatic/kafka'

const PRODUCE = 0
const API_VERSIONS = 18
const METADATA = 3

export interface BrokerPartition {
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** Protocol error of the partition, such as 5, LEADER_NOT_AVAILABLE. */
  readonly error?: number
}

export interface BrokerAnswers {
  /** What the broker advertises as its own address; its real one where absent. */
  readonly advertised?: { readonly host: string; readonly port: number }
  readonly topics: Readonly<Record<string, readonly BrokerPartition[]>>
}

export interface TestBroker extends AsyncDisposable {
  readonly port: number
  /** Keys of the requests that came, in order. */
  readonly asked: readonly number[]
}

/**
 * A server that speaks enough of Kafka's protocol to describe a cluster of one broker: ApiVersions 3 and Metadata 12. It hangs
 * up on whatever else is asked.
 */
export async function startBroker(answers: BrokerAnswers): Promise<TestBroker> {
  const asked: number[] = []
  const server = createServer((socket) => serve(socket, asked, () => ({ ...answers, advertised: answers.advertised ?? here() })))
  const here = () => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return { host: '127.0.0.1', port: address.port }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: here().port,
    asked,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Answers = Required<BrokerAnswers>

function serve(socket: Socket, asked: number[], answers: () => Answers): void {
  let buffered = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    buffered = Buffer.concat([buffered, chunk])
    while (buffered.length >= 4 && buffered.length >= 4 + buffered.readInt32BE(0)) {
      const length = buffered.readInt32BE(0)
      const request = buffered.subarray(4, 4 + length)
      buffered = buffered.subarray(4 + length)
      asked.push(request.readInt16BE(0))
      const body = answer(request.readInt16BE(0), answers())
      if (body === undefined) {
        socket.destroy()
        return
      }
      const header = Writer.create().appendInt32(request.readInt32BE(4))
      if (request.readInt16BE(0) !== API_VERSIONS) header.appendTaggedFields()
      socket.write(Writer.create().append(header.buffer).append(body.buffer).prependLength().buffer)
    }
  })
}

function answer(api: number, answers: Answers): Writer | undefined {
  if (api === API_VERSIONS) return versions()
  return api === METADATA ? metadata(answers) : undefined
}

function versions(): Writer {
  const apis = [
    { key: PRODUCE, min: 3, max: 11 },
    { key: METADATA, min: 12, max: 12 },
    { key: API_VERSIONS, min: 3, max: 3 },
  ]
  return Writer.create()
    .appendInt16(0)
    .appendArray(apis, (writer, { key, min, max }) => {
      writer.appendInt16(key).appendInt16(min).appendInt16(max)
    })
    .appendInt32(0)
    .appendTaggedFields()
}

function metadata({ advertised, topics }: Answers): Writer {
  return Writer.create()
    .appendInt32(0)
    .appendArray([advertised], (writer, { host, port }) => {
      writer.appendInt32(1).appendString(host).appendInt32(port).appendString(null)
    })
    .appendString('a-cluster')
    .appendInt32(1)
    .appendArray(Object.entries(topics), (writer, [name, partitions]) => {
      writer.appendInt16(0).appendString(name).appendUUID('00000000-0000-0000-0000-000000000001').appendBoolean(false)
      writer.appendArray([...partitions], partition).appendInt32(0)
    })
    .appendTaggedFields()
}

function partition(writer: Writer, { leader, replicas, isr, error = 0 }: BrokerPartition, index: number): void {
  writer.appendInt16(error).appendInt32(index).appendInt32(leader).appendInt32(0)
  for (const nodes of [replicas, isr, []])
    writer.appendArray([...nodes], (inner, node) => void inner.appendInt32(node), true, false)
}
