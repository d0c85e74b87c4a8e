import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import net from 'node:net'
import packet from 'dns-packet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DnsServer, startDnsServer } from '../../../src/targets/disposable/dns-server.ts'

let server: DnsServer
const resolver = new Resolver({ timeout: 1_000, tries: 1 })

beforeAll(async () => {
  server = await startDnsServer({
    'hooks.example.test': { a: ['127.0.0.1'], ttl: 60 },
    'both.example.test': { a: ['127.0.0.1'], aaaa: ['::1'] },
    'alias.example.test': { cname: 'hooks.example.test' },
    'dangling.example.test': { cname: 'gone.example.test' },
  })
  resolver.setServers([`127.0.0.1:${server.port}`])
})
afterAll(() => Promise.all([server.stop(), server.stop()]))

describe('a name server of the run', () => {
  it('answers addresses with their time to live', async () => {
    expect(await resolver.resolve4('hooks.example.test', { ttl: true })).toEqual([{ address: '127.0.0.1', ttl: 60 }])
    expect(await resolver.resolve4('HOOKS.Example.Test')).toEqual(['127.0.0.1'])
    expect(await resolver.resolve6('both.example.test')).toEqual(['::1'])
  })

  it('follows an alias, and leaves a dangling one dangling', async () => {
    expect(await resolver.resolve4('alias.example.test')).toEqual(['127.0.0.1'])
    expect(await resolver.resolveCname('alias.example.test')).toEqual(['hooks.example.test'])
    expect(await resolver.resolveCname('dangling.example.test')).toEqual(['gone.example.test'])
    expect(await resolver.resolve4('dangling.example.test')).toEqual([])
  })

  it('tells an absent name from an absent record', async () => {
    await expect(resolver.resolve4('other.example.test')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    await expect(resolver.resolve6('hooks.example.test')).rejects.toMatchObject({ code: 'ENODATA' })
  })

  it('takes changed records', async () => {
    server.setRecord('new.example.test', { a: ['192.0.2.1', '192.0.2.2'] })
    expect(await resolver.resolve4('new.example.test')).toEqual(['192.0.2.1', '192.0.2.2'])
    server.setRecord('new.example.test', undefined)
    await expect(resolver.resolve4('new.example.test')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })

  it('answers the same over TCP, in pieces too', async () => {
    const query = packet.streamEncode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'hooks.example.test' }] })
    const socket = net.connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(query.subarray(0, 5))
    socket.write(query.subarray(5))
    const [reply] = (await once(socket, 'data')) as [Buffer]
    expect(packet.streamDecode(reply)).toMatchObject({ id: 7, rcode: 'NOERROR', answers: [{ type: 'A', data: '127.0.0.1' }] })
    socket.destroy()
  })

  it('survives what is no query', async () => {
    const socket = createSocket('udp4')
    for (const junk of ['', 'x', '\u0000'.repeat(12), 'y'.repeat(500)]) socket.send(junk, server.port, '127.0.0.1')
    const tcp = net.connect(server.port, '127.0.0.1')
    tcp.write(Buffer.from([0, 3, 1, 2, 3]))
    await once(tcp, 'close')
    socket.close()
    expect(await resolver.resolve4('hooks.example.test')).toEqual(['127.0.0.1'])
  })

  it('stops with its connections open', async () => {
    const other = await startDnsServer({})
    const socket = net.connect(other.port, '127.0.0.1')
    await once(socket, 'connect')
    await other.stop()
    expect(await once(socket, 'close')).toEqual([expect.any(Boolean)])
    const again = net.connect(other.port, '127.0.0.1')
    await expect(once(again, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})
