import { once } from 'node:events'
import net from 'node:net'

/** A TCP port of loopback that is free now. Another process may take it before it is bound: whoever binds it must be ready to ask again. */
export async function freePort(): Promise<number> {
  const server = net.createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
