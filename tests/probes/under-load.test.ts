import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EFFECTS } from '../../src/effect.ts'
import { Observer } from '../../src/observe.ts'
import { Unreachable } from '../../src/outcome.ts'
import type { Access, Probe } from '../../src/probe.ts'
import { underLoad } from '../../src/probes/under-load.ts'

let served = 0
let url = ''
const accesses: Access[] = []
let observer: Observer
const server = createServer((_request, response) => {
  served += 1
  response.end('{}')
})

beforeEach(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  served = 0
  accesses.length = 0
  observer = new Observer({ runId: 'test', allows: EFFECTS, secrets: {}, onAccess: (access) => accesses.push(access) })
})
afterEach(async () => {
  await observer.close()
  server.closeAllConnections()
  if (server.listening) await new Promise((closed) => server.close(closed))
})

/** Sees how many requests were served, 150 ms apart. */
const counter: Probe<readonly [number, number]> = {
  kind: 'counter',
  access: { system: 'counter', address: 'here', operation: 'count', effect: 'read', reproduce: 'count' },
  deadlineMs: 5_000,
  async read() {
    const first = served
    await new Promise((later) => setTimeout(later, 150))
    return { value: [first, served], raw: '' }
  },
}

const options = () => ({ system: 'server', url, path: '/', profile: { amount: 20, connections: 4 }, maximumRequests: 50_000 })
const signal = AbortSignal.timeout(30_000)

describe('underLoad', () => {
  it('observes while the load is on, whichever of the two is asked for first, and once for both', async () => {
    const { load, during } = underLoad(options(), { count: counter })
    const seen = await observer.shared(during.count, signal)
    const [first, last] = seen.reading?.value ?? [0, 0]
    expect(last - first).toBeGreaterThan(0)
    const { reading } = await observer.shared(load, signal)
    expect(reading?.value).toMatchObject({ covered: true, accepted: served })
    expect(accesses.map(({ system }) => system).toSorted()).toEqual(['counter', 'server'])
  })

  it('shows the access of what it observes, so that plan and limits know it', () => {
    const { during } = underLoad(options(), { count: counter })
    expect(during.count.access).toEqual(counter.access)
  })

  it('is unobserved for the cause of the load that could not be put on', async () => {
    const { during } = underLoad(options(), { count: counter })
    await new Promise((closed) => server.close(closed))
    const { error } = await observer.shared(during.count, signal)
    expect(error).toBeInstanceOf(Unreachable)
    expect(accesses.map(({ system }) => system)).toEqual(['server'])
  })
})
