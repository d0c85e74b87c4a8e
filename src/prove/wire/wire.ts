/** One thing that a client asked of a system, and whether it only reads. */
export interface Asked {
  /** In a few words, such as `GET /health` or `INFO server`; never a password. */
  readonly what: string
  readonly isReading: boolean
}

/** Understands what one client sends over one connection, however the bytes are cut. */
export interface Wire {
  /** @throws Error where it is not understood */
  read(chunk: Buffer): void
  end(): void
}

/** Opens one for each connection; `record` is called for everything that is asked over it. */
export type OpenWire = (record: (asked: Asked) => void) => Wire

/** A wire whose messages are taken from the beginning of what has come: `take` returns how many bytes it used, 0 for too few. */
export function messageWire(take: (buffered: Buffer) => number): Wire {
  let buffered: Buffer = Buffer.alloc(0)
  return {
    read(chunk) {
      buffered = Buffer.concat([buffered, chunk])
      for (let used = take(buffered); used > 0; used = take(buffered)) buffered = buffered.subarray(used)
    },
    end: () => undefined,
  }
}
