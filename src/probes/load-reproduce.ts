import type { LoadOptions } from './load.ts'
import { quote, secretVariable } from './reproduce.ts'

/** The ab line that puts a like load on the address; its requests all carry the same body, ours do not. */
export function reproduceLoad(
  url: URL,
  options: LoadOptions,
  size: { readonly amount: number; readonly connections: number },
): string {
  const headers = Object.entries(options.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'content-type')
  const type = Object.entries(options.headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type')?.[1]
  const body = options.body?.('by-hand', 0)
  const words = [
    body === undefined ? '' : `printf %s ${quote(body)} > body.json && `,
    `ab -k -l -n ${size.amount} -c ${size.connections}`,
    options.apiKey === undefined ? '' : ` -H "Authorization: Bearer "${secretVariable(options.apiKey)}`,
    ...headers.map(([name, value]) => ` -H ${quote(`${name}: ${value}`)}`),
    body === undefined ? '' : ` -p body.json -T ${quote(type ?? 'application/json')}`,
    ` ${quote(url.href)}`,
  ]
  return words.join('')
}
