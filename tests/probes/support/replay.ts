import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { type Listening, listening } from './server.ts'

interface Answer {
  readonly status?: number
  readonly type?: string
  readonly body: string
}

/** Path with query → the answer, or a function of the request. */
export type Answers = Readonly<Record<string, Answer | ((request: IncomingMessage) => Answer)>>

export interface Replay extends Listening {
  readonly url: string
  /** `GET /api/v1/targets`, in the order of arrival. */
  readonly requests: readonly string[]
}

/** A server on a real socket that gives recorded answers; any other path is a 404. */
export async function replay(answers: Answers): Promise<Replay> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    requests.push(`${request.method} ${path}`)
    const entry = answers[path] ?? { status: 404, type: 'text/plain', body: 'no such page' }
    const { status = 200, type = 'application/json', body } = typeof entry === 'function' ? entry(request) : entry
    response.writeHead(status, { 'content-type': type }).end(body)
  })
  const place = await listening(server)
  return { ...place, url: `http://${place.address}`, requests }
}

/** What a real server once answered, from tests/probes/recorded. */
export function recorded(file: string): string {
  return readFileSync(new URL(`../recorded/${file}`, import.meta.url), 'utf8')
}
