import { messageWire, type OpenWire } from './wire.ts'

/** The protocol's requests that change nothing in a cluster, by their key. */
const READING: Readonly<Record<number, string>> = {
  1: 'Fetch',
  2: 'ListOffsets',
  3: 'Metadata',
  9: 'OffsetFetch',
  10: 'FindCoordinator',
  15: 'DescribeGroups',
  16: 'ListGroups',
  17: 'SaslHandshake',
  18: 'ApiVersions',
  32: 'DescribeConfigs',
  35: 'DescribeLogDirs',
  36: 'SaslAuthenticate',
  60: 'DescribeCluster',
}
/** Those that a client is most likely to send by mistake; the others are named by their number. */
const CHANGING: Readonly<Record<number, string>> = {
  0: 'Produce',
  8: 'OffsetCommit',
  11: 'JoinGroup',
  12: 'Heartbeat',
  13: 'LeaveGroup',
  14: 'SyncGroup',
  19: 'CreateTopics',
  20: 'DeleteTopics',
  21: 'DeleteRecords',
  22: 'InitProducerId',
  33: 'AlterConfigs',
  37: 'CreatePartitions',
  42: 'DeleteGroups',
  44: 'IncrementalAlterConfigs',
  47: 'OffsetDelete',
}
const METADATA = 3
/** From these versions on the request is in the compact form, and topics carry an id. */
const COMPACT = 9
const WITH_ID = 10
const FLAGGED = 4

/** Kafka's protocol. A request for metadata reads only where it says that no topic may be made by it. */
export const kafkaWire: OpenWire = (record) =>
  messageWire((buffered) => {
    if (buffered.length < 4 || buffered.length < 4 + buffered.readInt32BE(0)) return 0
    const length = 4 + buffered.readInt32BE(0)
    const request = buffered.subarray(4, length)
    const key = request.readInt16BE(0)
    const makesTopics = key === METADATA && mayMakeTopics(request)
    const name = READING[key] ?? CHANGING[key] ?? `request ${key}`
    record({
      what: makesTopics ? `${name} that may make topics` : name,
      isReading: READING[key] !== undefined && !makesTopics,
    })
    return length
  })

/** Whether that request lets the broker make topics that it has not: so it is before version 4, which has no such flag. */
function mayMakeTopics(request: Buffer): boolean {
  const version = request.readInt16BE(2)
  if (version < FLAGGED) return true
  const reader = new Reader(request, 8)
  reader.text()
  if (version < COMPACT) {
    for (let topics = reader.int32(); topics > 0; topics -= 1) reader.text()
  } else {
    reader.tags()
    for (let topics = reader.unsigned() - 1; topics > 0; topics -= 1) {
      if (version >= WITH_ID) reader.skip(16)
      reader.skip(Math.max(0, reader.unsigned() - 1))
      reader.tags()
    }
  }
  return reader.byte() !== 0
}

/** Reads the protocol's primitive types one after the other. */
class Reader {
  readonly #bytes: Buffer
  #place: number

  constructor(bytes: Buffer, place: number) {
    this.#bytes = bytes
    this.#place = place
  }

  skip(bytes: number): void {
    this.#place += bytes
  }

  byte(): number {
    this.skip(1)
    return this.#bytes.readUInt8(this.#place - 1)
  }

  int32(): number {
    this.skip(4)
    return this.#bytes.readInt32BE(this.#place - 4)
  }

  /** A text that may be null, with its length before it. */
  text(): void {
    this.skip(2)
    this.skip(Math.max(0, this.#bytes.readInt16BE(this.#place - 2)))
  }

  unsigned(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const part = this.byte()
      value |= (part & 0x7f) << shift
      if (part < 0x80) return value
    }
  }

  tags(): void {
    for (let left = this.unsigned(); left > 0; left -= 1) {
      this.unsigned()
      this.skip(this.unsigned())
    }
  }
}
