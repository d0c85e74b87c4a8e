import type { Session } from '../probe.ts'
import { authorityOption } from './authority.ts'
import type { HttpOptions } from './http.ts'
import { joinHostPort, quote, secretVariable, splitHostPort } from './reproduce.ts'

/** How a secret is sent. Basic takes `user:secret`; where there is no user, the secret itself is encoded (the wrong scheme, on purpose). */
export type KeyScheme = 'Bearer' | 'X-API-Key' | 'Basic' | 'Token'

type Authenticating = Pick<HttpOptions, 'apiKey' | 'scheme' | 'user'>

/** The header that authenticates the request. @throws Unobserved where the target has no such secret. */
export function authorization({ apiKey, scheme = 'Bearer', user }: Authenticating, session: Session): Record<string, string> {
  if (apiKey === undefined) return {}
  const secret = session.secret(apiKey)
  if (scheme === 'X-API-Key') return { 'x-api-key': secret }
  if (scheme !== 'Basic') return { authorization: `${scheme} ${secret}` }
  return { authorization: `Basic ${Buffer.from(user === undefined ? secret : `${user}:${secret}`).toString('base64')}` }
}

/** The curl line that sends the same request; secrets stay variables of the operator's shell. */
export function reproduceHttp(url: URL, method: string, options: HttpOptions, limitMs: number): string {
  const verb = method === 'GET' ? '' : method === 'HEAD' ? ' --head' : ` -X ${method}`
  const headers = Object.entries(options.headers ?? {}).map(([name, value]) => ` -H ${quote(`${name}: ${value}`)}`)
  const body = options.body === undefined ? '' : ` --data-binary ${quote(shortened(options.body))}`
  const time = ` --max-time ${Math.ceil(limitMs / 1_000)}`
  const ca = url.protocol === 'https:' ? authorityOption('--cacert', options.ca) : ''
  return `curl -sS -i${time}${verb}${connection(url, options)}${ca}${keyOption(options)}${headers.join('')}${body} ${quote(url.href)}`
}

function keyOption({ apiKey, scheme = 'Bearer', user }: Authenticating): string {
  if (apiKey === undefined) return ''
  const variable = secretVariable(apiKey)
  if (scheme === 'X-API-Key') return ` -H 'X-API-Key: '${variable}`
  if (scheme !== 'Basic') return ` -H 'Authorization: ${scheme} '${variable}`
  return user === undefined ? ` -H "Authorization: Basic $(printf %s ${variable} | base64)"` : ` -u ${quote(user)}:${variable}`
}

function connection(url: URL, { connectTo }: HttpOptions): string {
  if (connectTo === undefined) return ''
  const { host, port } = splitHostPort(connectTo)
  return ` --connect-to ${quote(`${url.host.includes(':') ? url.host : `${url.host}:`}:${joinHostPort(host, port)}`)}`
}

function shortened(body: string): string {
  return body.length <= 2_000 ? body : '@body.json'
}
