import type { Readable } from 'node:stream'

/** What was kept of a stream. */
export interface Capped {
  /** Its beginning. */
  text(): string
  bytes(): Buffer
  /** True where there was more than that. */
  truncated(): boolean
  /** Its last bytes, as many as were asked for. */
  tail(): string
}

/** Reads a stream to its end but keeps no more than `maxBytes` of it, so that a noisy command neither blocks nor floods. */
export function capped(stream: Readable, maxBytes: number, tailBytes = 0): Capped {
  const chunks: Buffer[] = []
  let kept = 0
  let seen = 0
  let tail: Buffer = Buffer.alloc(0)
  stream.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (tailBytes > 0) tail = Buffer.concat([tail, chunk.subarray(-tailBytes)]).subarray(-tailBytes)
    if (kept >= maxBytes) return
    const part = chunk.subarray(0, maxBytes - kept)
    chunks.push(part)
    kept += part.length
  })
  return {
    text: () => Buffer.concat(chunks).toString('utf8'),
    bytes: () => Buffer.concat(chunks),
    truncated: () => seen > maxBytes,
    tail: () => tail.toString('utf8'),
  }
}
