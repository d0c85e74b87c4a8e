import { createSocket } from 'node:dgram'
import packet from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { dnsAnswer } from '../../src/probes/dns.ts'
import { testSession } from '../support/session.ts'

const NXDOMAIN = 3
const SERVFAIL = 2
type Zone = Readonly<Record<string, packet.Answer[]>>

/** A name server on a real socket. It answers from the zone, NXDOMAIN for what is not in it, and not at all for `silent.test`. */
async function nameServer(zone: Zone) {
  const socket = createSocket('udp4')
  socket.on('message', (message, from) => {
    const query = packet.decode(message)
    const [question] = query.questions ?? []
    if (question === undefined || question.name === 'silent.test') return
    const known = zone[question.name]
    const code = question.name === 'broken.test' ? SERVFAIL : known === undefined ? NXDOMAIN : 0
    const answers = (known ?? []).filter(({ type }) => type === question.type || type === 'CNAME')
    const target = answers.find(({ type }) => type === 'CNAME')
    const followed = target?.type === 'CNAME' ? (zone[target.data] ?? []).filter(({ type }) => type === question.type) : []
    const gone = target?.type === 'CNAME' && zone[target.data] === undefined && question.type !== 'CNAME'
    const flags = packet.AUTHORITATIVE_ANSWER | (gone ? NXDOMAIN : code)
    const response = packet.encode({
      type: 'response',
      ...(query.id === undefined ? {} : { id: query.id }),
      flags,
      questions: [question],
      answers: [...answers, ...followed],
    })
    socket.send(response, from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  return {
    server: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(resolve)),
  }
}

const zone: Zone = {
  'hooks.test': [
    { type: 'A', name: 'hooks.test', ttl: 300, data: '192.0.2.1' },
    { type: 'AAAA', name: 'hooks.test', ttl: 60, data: '2001:db8::1' },
  ],
  'alias.test': [{ type: 'CNAME', name: 'alias.test', ttl: 300, data: 'hooks.test' }],
  'dangling.test': [{ type: 'CNAME', name: 'dangling.test', ttl: 300, data: 'gone.test' }],
  'empty.test': [{ type: 'TXT', name: 'empty.test', ttl: 300, data: 'none' }],
}

async function ask(name: string) {
  await using up = await nameServer(zone)
  return (await dnsAnswer({ name, server: up.server, deadlineMs: 1_200 }).read(testSession())).value
}

describe('a name', () => {
  it('is told with addresses and times to live', async () => {
    expect(await ask('hooks.test')).toMatchObject({
      status: 'found',
      a: [{ address: '192.0.2.1', ttl: 300 }],
      aaaa: [{ address: '2001:db8::1', ttl: 60 }],
      aliases: [],
    })
  })

  it('is followed through its aliases', async () => {
    expect(await ask('alias.test')).toMatchObject({ status: 'found', aliases: ['hooks.test'], a: [{ address: '192.0.2.1' }] })
  })

  it.each([
    ['gone.test', 'no-such-name', []],
    ['dangling.test', 'no-such-name', ['gone.test']],
    ['empty.test', 'no-address', []],
    ['broken.test', 'server-failure', []],
  ])('%s answered with %s is an answer', async (name, status, aliases) => {
    expect(await ask(name)).toMatchObject({ status, aliases, a: [] })
  })

  it('is no answer where the resolver keeps silent', async () => {
    await expect(ask('silent.test')).rejects.toMatchObject({ name: 'Unreachable', refused: false })
  })

  it('is no answer where nobody listens', async () => {
    const { server, [Symbol.asyncDispose]: close } = await nameServer({})
    await close()
    await expect(dnsAnswer({ name: 'hooks.test', server, deadlineMs: 1_200 }).read(testSession())).rejects.toMatchObject({
      name: 'Unreachable',
    })
  })

  it('is not asked of a resolver given by name', async () => {
    const reading = dnsAnswer({ name: 'hooks.test', server: 'resolver.test:53' }).read(testSession())
    await expect(reading).rejects.toThrow('give the resolver')
  })
})
