import { createServer } from 'node:http'
import { createServer as createTcp } from 'node:net'
import { describe, expect, it } from 'vitest'
import { imageHistory, tellTales } from '../../src/probes/docker-history.ts'
import { testSession } from '../support/session.ts'
import { closedPort, listening } from './support/server.ts'

const OPTIONS = { project: 'product', secrets: ['apiKey'] }

/** An engine with two containers of one image. */
function engine(layers: readonly string[]) {
  return createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    response.setHeader('content-type', 'application/json')
    if (path.endsWith('/containers/json'))
      response.end(
        JSON.stringify([
          { Image: 'a:1', ImageID: 'sha256:1' },
          { Image: 'a:1', ImageID: 'sha256:1' },
        ]),
      )
    else if (path.endsWith('/history')) response.end(JSON.stringify(layers.map((CreatedBy) => ({ CreatedBy }))))
    else response.writeHead(404).end('{"message":"no such thing"}')
  })
}

async function look(layers: readonly string[]) {
  await using up = await listening(engine(layers))
  return await imageHistory({ host: '127.0.0.1', port: up.port }, OPTIONS).read(testSession({ apiKey: 'correct-horse-battery' }))
}

describe('the history of images', () => {
  it('is told once an image, without its commands', async () => {
    const { value, raw } = await look(['/bin/sh -c #(nop) CMD ["node"]', 'ENV API_KEY_FILE=/run/secrets/api_key'])
    expect(value).toEqual([{ image: 'a:1', layers: 2, suspicious: [], secrets: [] }])
    expect(raw).not.toContain('CMD')
  })

  it('tells secrets by name, never by value', async () => {
    const { value, raw } = await look(['RUN |1 NPM_TOKEN=abc123 npm ci', 'COPY correct-horse-battery /key'])
    expect(value).toEqual([{ image: 'a:1', layers: 2, suspicious: ['NPM_TOKEN'], secrets: ['apiKey'] }])
    expect(raw).not.toMatch(/abc123|horse/)
  })

  it('is no answer where no engine listens', async () => {
    const port = await closedPort(createTcp())
    const reading = imageHistory({ host: '127.0.0.1', port }, OPTIONS).read(testSession({ apiKey: 'a' }))
    await expect(reading).rejects.toMatchObject({ name: 'Unreachable', refused: true })
  })

  it.each([
    ['ENV REDIS_PASSWORD=hunter2', ['REDIS_PASSWORD']],
    ['ENV REDIS_PASSWORD=', []],
    ['ENV POSTGRES_PASSWORD_FILE=/run/secrets/p', []],
    ['ENV TOKEN_PATH=relative', []],
  ])('%j gives away %j', (command, suspicious) => {
    expect(tellTales([command], []).suspicious).toEqual(suspicious)
  })
})
