import http from 'node:http'
import { setTimeout as after } from 'node:timers/promises'

/** Where a container engine listens. */
export type EngineAddress = { readonly socketPath: string } | { readonly host: string; readonly port: number }

export interface Removal {
  readonly engine: EngineAddress
  /** `name=value`: everything that carries it is removed. */
  readonly label: string
  /** Nothing must have been found for so long, in milliseconds: an engine may still be making what a dead process asked for. */
  readonly quietMs: number
  readonly deadlineMs: number
}

const POLL_MS = 250
const REQUEST_MS = 15_000

/** The kinds of things in the order in which they can be removed, with how each is listed, named and removed. */
const KINDS = [
  { list: '/containers/json?all=true&', key: 'Id', remove: (id: string) => `/containers/${id}?force=true&v=true` },
  { list: '/networks?', key: 'Id', remove: (id: string) => `/networks/${id}` },
  // Those that were made for the run alone: nothing else gives an image such a label.
  { list: '/images/json?', key: 'Id', remove: (id: string) => `/images/${id}?force=true` },
  { list: '/volumes?', key: 'Name', remove: (name: string) => `/volumes/${encodeURIComponent(name)}?force=true` },
] as const

/** Removes every container, network, image and volume that carries the label, again and again until none is left. @throws Error naming what is. */
export async function removeLabelled({ engine, label, quietMs, deadlineMs }: Removal): Promise<void> {
  const end = performance.now() + deadlineMs
  let quietSince: number | undefined
  for (;;) {
    const left = await sweep(engine, label)
    const now = performance.now()
    if (left.length > 0) quietSince = undefined
    else quietSince ??= now
    if (quietSince !== undefined && now - quietSince >= quietMs) return
    if (now > end)
      throw new Error(`${label}: still there after ${deadlineMs} ms: ${left.join(', ') || 'nothing, though not for long enough'}`)
    if (left.length === 0 || quietSince === undefined) await after(Math.min(POLL_MS, Math.max(1, quietMs)))
  }
}

/** One round; returns what was there at its beginning. */
async function sweep(engine: EngineAddress, label: string): Promise<string[]> {
  const filters = `filters=${encodeURIComponent(JSON.stringify({ label: [label] }))}`
  const found: string[] = []
  for (const { list, key, remove } of KINDS) {
    const names = namesIn(await request(engine, 'GET', `${list}${filters}`), key)
    found.push(...names)
    // A refusal (busy, already being removed, still in use) is answered by the next round.
    await Promise.all(names.map((name) => request(engine, 'DELETE', remove(name))))
  }
  return found
}

function namesIn(body: string, key: 'Id' | 'Name'): string[] {
  const answer: unknown = JSON.parse(body)
  const entries: unknown = typeof answer === 'object' && answer !== null && 'Volumes' in answer ? answer.Volumes : answer
  if (!Array.isArray(entries)) return []
  return entries.flatMap((entry: Record<string, unknown>) => (typeof entry[key] === 'string' ? [entry[key]] : []))
}

/** The body of the answer, whatever its status. @throws Error where the engine gave none. */
function request(engine: EngineAddress, method: 'GET' | 'DELETE', path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const asked = http.request({ ...engine, method, path, agent: false, timeout: REQUEST_MS }, (answer) => {
    const chunks: Buffer[] = []
    answer.on('data', (chunk: Buffer) => void chunks.push(chunk))
    answer.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    answer.once('error', reject)
  })
  asked.once('timeout', () => asked.destroy(new Error(`the engine did not answer ${method} ${path} within ${REQUEST_MS} ms`)))
  asked.once('error', reject)
  asked.end()
  return promise
}
