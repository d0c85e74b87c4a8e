import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createSecureContext, DEFAULT_CIPHERS, type SecureContextOptions, type SecureVersion } from 'node:tls'
import type { Issued } from '../disposable/certificates.ts'
import { forward, hostOf } from './gateway-forward.ts'

/** A public name and what answers behind it. */
export interface Route {
  /** Inner origin of the service, such as http://127.0.0.1:8001. */
  readonly upstream: string
  readonly certificate: Issued
}

/** What an operator could get wrong in the gateway's configuration; the defaults are right. */
export interface GatewaySettings {
  /** Default TLSv1.2. */
  readonly minVersion: SecureVersion
  readonly maxVersion: SecureVersion
  /** OpenSSL's; below 2 the keys and signatures that nobody accepts any more are let through. Default 2. */
  readonly securityLevel: 0 | 1 | 2
  /** Plain HTTP is redirected (default), served as it is, or refused. */
  readonly plainHttp: 'redirect' | 'serve' | 'refuse'
  /** Whether /metrics is open to the world. Default false. */
  readonly exposesMetrics: boolean
  /** Whether Strict-Transport-Security and its like are sent. Default true. */
  readonly securityHeaders: boolean
  /** For how long Strict-Transport-Security tells browsers to insist on HTTPS. Default 365. */
  readonly httpsOnlyDays: number
}

/** The TLS end of the public names, as nginx is in production. */
export interface Gateway {
  readonly port: number
  readonly plainPort: number
  routes(): Readonly<Record<string, Route>>
  /** Adds a public name, or changes what is behind it or which certificate is presented. */
  setRoute(name: string, route: Route): void
  settings(): GatewaySettings
  /** New settings hold for connections from now on; the open ones are cut. */
  configure(settings: Partial<GatewaySettings>): void
  /** Closes both listeners and cuts what is open, as when the gateway's process is gone. */
  pause(): Promise<void>
  /** Listens again, on the same ports. */
  resume(): Promise<void>
  stop(): Promise<void>
}

const CORRECT: GatewaySettings = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  securityLevel: 2,
  plainHttp: 'redirect',
  exposesMetrics: false,
  securityHeaders: true,
  httpsOnlyDays: 365,
}

/** Starts the TLS listener and the plain one beside it, each on a free port of loopback. */
export async function startGateway(initial: Readonly<Record<string, Route>>): Promise<Gateway> {
  const routes = new Map(Object.entries(initial))
  const agent = new http.Agent({ keepAlive: true })
  const sockets = new Set<Socket>()
  let settings = CORRECT
  const handle = (request: http.IncomingMessage, response: http.ServerResponse): void =>
    forward(request, response, { routes, settings, agent })
  const secure = https.createServer(
    tlsOptions(routes, () => settings),
    handle,
  )
  const plain = http.createServer((request, response) => {
    if (settings.plainHttp === 'serve') handle(request, response)
    else if (settings.plainHttp === 'refuse') request.destroy()
    else redirect(request, response, ports.secure)
  })
  for (const server of [secure, plain]) {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
  }
  await Promise.all([secure, plain].map((server) => listen(server, 0)))
  const ports = { secure: portOf(secure), plain: portOf(plain) }
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  let stopped: Promise<void> | undefined
  return {
    port: ports.secure,
    plainPort: ports.plain,
    routes: () => Object.fromEntries(routes),
    setRoute(name, route) {
      routes.set(name, route)
      cut()
    },
    settings: () => settings,
    configure(changed) {
      settings = { ...settings, ...changed }
      secure.setSecureContext(tlsOptions(routes, () => settings))
      cut()
    },
    pause: () => close([secure, plain], cut),
    async resume() {
      await Promise.all([listen(secure, ports.secure), listen(plain, ports.plain)])
    },
    stop() {
      stopped ??= close([secure, plain], cut).finally(() => agent.destroy())
      return stopped
    },
  }
}

async function listen(server: http.Server | https.Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}

async function close(servers: readonly (http.Server | https.Server)[], cut: () => void): Promise<void> {
  const closing = servers.filter(({ listening }) => listening)
  const closed = closing.map((server) => once(server, 'close'))
  for (const server of closing) server.close()
  cut()
  await Promise.all(closed)
}

function portOf(server: http.Server | https.Server): number {
  return (server.address() as AddressInfo).port
}

/** A name that is not served gets no certificate at all: a wrong one would only be a confusing refusal. */
function tlsOptions(routes: ReadonlyMap<string, Route>, settings: () => GatewaySettings): https.ServerOptions {
  return {
    ...limitsOf(settings()),
    SNICallback(name, done) {
      const issued = routes.get(name)?.certificate
      if (issued === undefined) done(new Error(`no public name ${name}`))
      else done(null, createSecureContext({ ...limitsOf(settings()), cert: issued.certificate, key: issued.key }))
    },
  }
}

function limitsOf({ minVersion, maxVersion, securityLevel }: GatewaySettings): SecureContextOptions {
  return { minVersion, maxVersion, ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=${securityLevel}` }
}

function redirect(request: http.IncomingMessage, response: http.ServerResponse, port: number): void {
  response.writeHead(301, { location: `https://${hostOf(request)}:${port}${request.url ?? '/'}`, 'content-length': 0 })
  response.end()
}
