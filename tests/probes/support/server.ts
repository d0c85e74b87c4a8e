import type { AddressInfo, Server, Socket } from 'node:net'

/** A listening server and its address; leaving the scope closes it with all its connections. */
export interface Listening extends AsyncDisposable {
  readonly port: number
  readonly address: string
}

/** Lets a server listen on a free port of the loopback address. */
export async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A port on which nothing listens: one that was free a moment ago. */
export async function closedPort(server: Server): Promise<number> {
  const { port, [Symbol.asyncDispose]: close } = await listening(server)
  await close()
  return port
}
