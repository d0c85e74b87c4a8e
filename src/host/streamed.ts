import { type Readable, Transform } from 'node:stream'
import type { Unreachable } from '../outcome.ts'
import { type StreamOptions, TooMuch } from './shell.ts'

/** A command that runs and prints. */
export interface Printing {
  readonly command: string
  /** Where it runs, in words: `on this machine`. */
  readonly place: string
  /** What it prints; undefined where it could not be started, which `failure` tells. */
  readonly output: Readable
  /** Resolves once it ended with 0; is asked for only after the last byte. */
  readonly ended: () => Promise<void>
  /** Ends it. Idempotent. */
  readonly kill: () => void
  /** An Unreachable of that text. */
  readonly unreachable: (text: string) => Unreachable
}

/** Passes on what a command prints, within a number of bytes and a time, and ends only where the command did well. */
export function streamed(printing: Printing, { timeoutMs, maxBytes, signal }: StreamOptions): Transform {
  const { command, place, output, ended, kill, unreachable } = printing
  let bytes = 0
  const fail = (text: string): void => void stream.destroy(unreachable(text))
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes <= maxBytes) done(null, chunk)
      else done(new TooMuch(`${command} printed more than ${maxBytes} bytes ${place}`))
    },
    flush(done) {
      ended().then(() => done(), done)
    },
    destroy(error, done) {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      output.unpipe(stream)
      output.destroy()
      kill()
      done(error)
    },
  })
  const timer = setTimeout(() => fail(`${command} did not end within ${timeoutMs} ms ${place}`), timeoutMs)
  const onAbort = (): void => fail(`${command} was cut off ${place}: the observation's time was up or the run was interrupted`)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  output.on('error', (error) => stream.destroy(error))
  output.pipe(stream)
  return stream
}
