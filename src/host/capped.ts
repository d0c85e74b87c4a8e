import type { Readable } from 'node:stream'

/** Reads a stream to its end but keeps no more than `maxBytes` of it, so that a noisy command neither blocks nor floods. */
export function capped(stream: Readable, maxBytes: number): { text(): string; truncated(): boolean } {
  const chunks: Buffer[] = []
  let kept = 0
  let seen = 0
  stream.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (kept >= maxBytes) return
    const part = chunk.subarray(0, maxBytes - kept)
    chunks.push(part)
    kept += part.length
  })
  return { text: () => Buffer.concat(chunks).toString('utf8'), truncated: () => seen > maxBytes }
}
