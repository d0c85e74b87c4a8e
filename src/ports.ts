import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'

/** Below the range from which systems take ports for outgoing connections, above those of known services. */
const LOWEST = 20_000
const HIGHEST = 32_000
const ATTEMPTS = 100

/** Ports of loopback that nobody else can take until they are released to whoever was promised them. */
export class PortReservations {
  readonly #servers = new Map<number, net.Server>()

  /** Reserves a free port, chosen at random so that runs side by side seldom meet. @throws Error where none is found. */
  async reserve(): Promise<number> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const port = randomInt(LOWEST, HIGHEST)
      const server = net.createServer((socket) => socket.destroy())
      server.listen(port, '127.0.0.1')
      const [isListening] = await Promise.allSettled([once(server, 'listening')])
      if (isListening.status === 'fulfilled') {
        this.#servers.set(port, server)
        return port
      }
    }
    throw new Error(`no free port between ${LOWEST} and ${HIGHEST} on loopback after ${ATTEMPTS} attempts`)
  }

  /** Lets go of those ports, so that a container can be published on them. */
  async release(ports: readonly number[]): Promise<void> {
    await Promise.all(
      ports.map(async (port) => {
        const server = this.#servers.get(port)
        this.#servers.delete(port)
        if (server === undefined) return
        const closed = once(server, 'close')
        server.close()
        await closed
      }),
    )
  }

  close(): Promise<void> {
    return this.release([...this.#servers.keys()])
  }
}
