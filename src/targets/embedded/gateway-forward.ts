import http from 'node:http'
import type { GatewaySettings, Route } from './gateway.ts'

const UPSTREAM_MS = 30_000
const DAY_S = 86_400
const SECURITY_HEADERS = { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' }

export interface Forwarding {
  readonly routes: ReadonlyMap<string, Route>
  readonly settings: GatewaySettings
  readonly agent: http.Agent
}

/** Passes a request on to the service behind its host name, and the answer back. Names that are not served are 421, a service that is away is 502. */
export function forward(request: http.IncomingMessage, response: http.ServerResponse, forwarding: Forwarding): void {
  const headers = securityHeaders(forwarding.settings)
  const route = forwarding.routes.get(hostOf(request))
  const { pathname, search } = targetOf(request)
  const isPrivate = /^\/metrics(\/|$)/.test(pathname) && !forwarding.settings.exposesMetrics
  if (route === undefined || isPrivate) refuse(response, route === undefined ? 421 : 404, headers)
  else pass(request, response, { url: urlOf(route.upstream, pathname, search), headers, agent: forwarding.agent })
}

function securityHeaders({ securityHeaders: isWanted, httpsOnlyDays }: GatewaySettings): Record<string, string> {
  if (!isWanted) return {}
  return { 'strict-transport-security': `max-age=${httpsOnlyDays * DAY_S}; includeSubDomains`, ...SECURITY_HEADERS }
}

/** What is asked for, in one spelling: slashes merged, dots resolved, percent signs decoded. An absolute target's host is of no interest. */
function targetOf({ url = '/' }: http.IncomingMessage): { readonly pathname: string; readonly search: string } {
  const { pathname, search } = new URL(url.startsWith('/') ? `http://gateway${url}` : url, 'http://gateway')
  return { pathname: decoded(pathname).replace(/\/{2,}/g, '/'), search }
}

function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    // Not UTF-8 behind the percent signs: no path that is served is spelt so.
    return pathname
  }
}

function urlOf(origin: string, pathname: string, search: string): URL {
  const url = new URL(origin)
  url.pathname = pathname
  url.search = search
  return url
}

/** The host that a request is for, without its port. */
export function hostOf({ headers }: http.IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
}

interface Passing {
  readonly url: URL
  /** Added to the service's own. */
  readonly headers: Readonly<Record<string, string>>
  readonly agent: http.Agent
}

function pass(request: http.IncomingMessage, response: http.ServerResponse, { url, headers, agent }: Passing): void {
  const upstream = http.request(url, {
    agent,
    method: request.method ?? 'GET',
    headers: { ...request.headers, 'x-forwarded-for': request.socket.remoteAddress ?? '', 'x-forwarded-proto': 'https' },
    timeout: UPSTREAM_MS,
  })
  upstream.once('timeout', () => upstream.destroy(new Error('the service took too long')))
  // Also where the answer has begun: the client sees it break off, as it did for us.
  upstream.on('error', () => refuse(response, 502, headers))
  upstream.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...headers })
    answer.once('error', () => response.destroy())
    answer.pipe(response)
  })
  response.once('close', () => upstream.destroy())
  request.pipe(upstream)
}

function refuse(response: http.ServerResponse, status: number, headers: Readonly<Record<string, string>>): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(status, { ...headers, 'content-length': 0, connection: 'close' }).end()
}
