import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createServer } from 'node:tls'
import { createAuthority, type Issued } from '../../src/targets/disposable/certificates.ts'

/** A TLS end of a test's own before a server that speaks none. */
export interface TlsEnd extends AsyncDisposable {
  readonly port: number
  /** PEM text of the authority that its certificate chains to. */
  readonly ca: string
  /** A certificate of that authority for a client. */
  readonly client: Issued
}

/** Starts one whose certificate is good for these names. */
export async function tlsBefore(
  port: number,
  { names = ['localhost'], requireClient = false }: { readonly names?: readonly string[]; readonly requireClient?: boolean } = {},
): Promise<TlsEnd> {
  const authority = await createAuthority({ name: 'Test CA', now: new Date() })
  const { certificate: cert, key } = await authority.issue({ names })
  const client = await authority.issue({ names: ['runbook'] })
  const ca = authority.certificate
  const open = new Set<Socket>()
  const server = createServer({ cert, key, ca, requestCert: requireClient, rejectUnauthorized: false }, (near) => {
    // What our authority issues is for servers, and so never authorised for a client: here it is enough that one is shown.
    if (requireClient && near.getPeerX509Certificate() === undefined) {
      near.destroy()
      return
    }
    const far = connect(port, '127.0.0.1')
    for (const end of [near, far]) {
      open.add(end)
      end.on('error', () => end.destroy()).on('close', () => open.delete(end))
    }
    near.pipe(far).pipe(near)
  })
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    ca,
    client,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const end of open) end.destroy()
      await closed
    },
  }
}
