import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** No answer that is wanted here is longer, in MiB; what keeps coming would fill the memory of a client that waits for its end. */
const MOST_MIB = 16

/**
 * Makes a client library's connection harmless: it is broken off when more comes, without a word from us in between, than any
 * answer may hold, and when what comes makes the library throw, which nobody would catch. Either way the library learns of a
 * connection that broke, with the reason.
 */
export function tame(stream: Duplex): void {
  if (!(stream instanceof Socket)) return
  const emit: (event: string | symbol, ...rest: unknown[]) => boolean = stream.emit.bind(stream)
  let written = stream.bytesWritten
  let since = stream.bytesRead
  const onData = (chunks: readonly unknown[]): boolean => {
    if (stream.bytesWritten !== written) {
      written = stream.bytesWritten
      since = stream.bytesRead
    }
    if (stream.bytesRead - since > MOST_MIB * 1024 ** 2) {
      stream.destroy(brokenOff(`it sent more than ${MOST_MIB} MiB in one go`))
      return true
    }
    try {
      return emit('data', ...chunks)
    } catch (error) {
      stream.destroy(brokenOff(error instanceof Error ? error.message : String(error)))
      return true
    }
  }
  Object.defineProperty(stream, 'emit', {
    value: (event: string | symbol, ...rest: unknown[]) => (event === 'data' ? onData(rest) : emit(event, ...rest)),
  })
}

/** With a code, as errors of connections have. */
function brokenOff(text: string): Error {
  return Object.assign(new Error(text), { code: 'ECONNABORTED' })
}
