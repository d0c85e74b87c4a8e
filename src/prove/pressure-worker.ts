import { open, rm } from 'node:fs/promises'

/** One source of pressure, as a process of its own that lives no longer than its parent: `cpu`, `disk FILE` or `memory BYTES`. */

const BURST_MS = 50
const FILE_BYTES = 64 * 1024 * 1024
const CHUNK_BYTES = 1024 * 1024
const PAGE_BYTES = 4096
const MEMORY_CHUNK_BYTES = 64 * 1024 * 1024

const sources: Readonly<Record<string, (argument: string) => Promise<void>>> = {
  /** Computes without a pause, but for a glance at whether the parent is gone. */
  async cpu() {
    await forever(() => {
      const end = performance.now() + BURST_MS
      while (performance.now() < end) Math.sqrt(end)
    })
  },
  /** Writes and waits for the disk, chunk after chunk. */
  async disk(file) {
    const handle = await open(file, 'w')
    process.once('disconnect', () => void rm(file, { force: true }).finally(() => process.exit()))
    const chunk = Buffer.alloc(CHUNK_BYTES, 0xa5)
    let position = 0
    await forever(async () => {
      await handle.write(chunk, 0, chunk.length, position)
      await handle.sync()
      position = (position + CHUNK_BYTES) % FILE_BYTES
    })
  },
  /** Holds so much memory and touches every page of it again and again. */
  async memory(bytes) {
    const held: Buffer[] = []
    for (let left = Number(bytes); left > 0; left -= MEMORY_CHUNK_BYTES)
      held.push(Buffer.alloc(Math.min(left, MEMORY_CHUNK_BYTES), 1))
    let turn = 0
    await forever(() => {
      const chunk = held[turn % held.length] ?? Buffer.alloc(PAGE_BYTES)
      for (let page = 0; page < chunk.length; page += PAGE_BYTES) chunk[page] = turn & 0xff
      turn += 1
    })
  },
}

async function forever(work: () => Promise<void> | void): Promise<never> {
  for (let isTold = false; ; isTold = true) {
    await work()
    if (!isTold) process.send?.('under way')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const [kind = '', argument = ''] = process.argv.slice(2)
// However the parent ends, its end of the channel closes; the disk's source removes its file first.
if (kind !== 'disk') process.once('disconnect', () => process.exit())
await sources[kind]?.(argument)
