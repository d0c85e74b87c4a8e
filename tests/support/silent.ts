import { createServer } from 'node:net'

/** A server that takes connections and never says a word. */
export async function silentServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).resume())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
