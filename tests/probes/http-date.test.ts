import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { httpDate } from '../../src/probes/http-date.ts'
import { testSession } from '../support/session.ts'

async function serving<T>(listener: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener)
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const dated =
  (date: string | undefined): RequestListener =>
  (_request, response) => {
    response.sendDate = false
    response.writeHead(404, date === undefined ? {} : { date }).end()
  }

describe('the clock of an HTTP server', () => {
  it('is known within the second that a Date header drops, whatever the status', async () => {
    const ahead = new Date(Date.now() + 60_000).toUTCString()
    const { value, raw } = await serving(dated(ahead), (url) => httpDate({ system: 'gateway', url }).read(testSession()))
    expect(value.least).toBeGreaterThan(50_000)
    expect(value.most).toBeLessThan(62_000)
    expect(value.most - value.least).toBeGreaterThanOrEqual(1_000)
    expect(raw).toBe(`HTTP 404\nDate: ${ahead}`)
  })

  it.each([
    [undefined, 'no Date header'],
    ['yesterday-ish', 'a Date header that is no date (yesterday-ish)'],
  ])('is unobserved where the header is %s', async (date, why) => {
    const looked = serving(dated(date), (url) => httpDate({ system: 'gateway', url }).read(testSession()))
    await expect(looked).rejects.toMatchObject({ name: 'Unobserved', message: expect.stringContaining(why) })
  })

  it('is unreachable where nobody listens', async () => {
    const url = await serving(dated(undefined), async (address) => address)
    await expect(httpDate({ system: 'gateway', url }).read(testSession())).rejects.toMatchObject({
      name: 'Unreachable',
      refused: true,
    })
  })
})
