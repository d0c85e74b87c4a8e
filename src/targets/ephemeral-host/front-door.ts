import https from 'node:https'

const ANSWER_MS = 10_000

/** A public address, asked at the port of loopback where it is published. */
export interface FrontDoor {
  readonly url: URL
  /** PEM that its certificate must chain to. */
  readonly authority: string
}

/** What is wrong with a public health endpoint; undefined where it answers 200. */
export function frontDoorProblem({ url, authority }: FrontDoor): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const asked = https.get(
    {
      host: '127.0.0.1',
      port: url.port,
      path: url.pathname,
      servername: url.hostname,
      headers: { host: url.hostname },
      ca: authority,
      agent: false,
      timeout: ANSWER_MS,
    },
    (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200 ? undefined : `${url.href} answers ${answer.statusCode}`)
    },
  )
  asked.once('timeout', () => asked.destroy(new Error(`no answer within ${ANSWER_MS} ms`)))
  asked.once('error', (error) => resolve(`${url.href}: ${error.message}`))
  return promise
}
