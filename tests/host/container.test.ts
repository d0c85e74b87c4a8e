import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openShell, shellEffect } from '../../src/host/open.ts'
import type { CommandResult } from '../../src/host/shell.ts'
import { hostFact } from '../../src/probes/host.ts'
import { hostSchema } from '../../src/targets/schema.ts'
import { frame } from '../support/docker-engine.ts'
import { testTarget } from '../support/judging.ts'

const host = hostSchema.parse({ shell: 'container', address: 'box' })
const before = process.env.DOCKER_HOST

/** An engine on a real socket that runs nothing: it answers with what it was sent, and this exit code. */
function startEngine(exitCode: number | null, { silent = false, part = '', answer = 'got ' } = {}): Server {
  const server = createServer((request, response) => {
    const [, , object = '', id = ''] = request.url?.replace(/^\/v[\d.]+/, '').split('/') ?? []
    if (request.method === 'POST' && object === 'box') response.writeHead(201, JSON_TYPE).end('{"Id":"e1"}')
    else if (request.method === 'GET' && id === 'json')
      response.writeHead(200, JSON_TYPE).end(JSON.stringify({ ExitCode: exitCode }))
    else response.writeHead(404, JSON_TYPE).end('{"message":"No such container: box"}')
    request.resume()
  })
  server.on('upgrade', (_, socket: Socket) => {
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n')
    open.push(socket)
    if (part !== '') socket.write(frame(1, part))
    if (silent) return
    const sent: Buffer[] = []
    socket.on('data', (chunk: Buffer) => sent.push(chunk))
    socket.on('end', () => socket.end(Buffer.concat([frame(1, `${answer}${Buffer.concat(sent)}`), frame(2, 'no\n')])))
  })
  return server
}
const open: Socket[] = []
const JSON_TYPE = { 'content-type': 'application/json' }

function run(stdin: string, more: { timeoutMs?: number; maxBytes?: number } = {}): Promise<CommandResult> {
  const signal = new AbortController().signal
  return openShell(host).then((shell) => shell.run(['sh', '-s'], { stdin, timeoutMs: 5_000, maxBytes: 1_000, signal, ...more }))
}

describe('the shell in a container', () => {
  let socket: string
  let server: Server | undefined
  beforeEach(() => {
    socket = path.join(tmpdir(), `engine-${crypto.randomUUID()}.sock`)
    process.env.DOCKER_HOST = `unix://${socket}`
  })
  afterEach(async () => {
    if (before === undefined) delete process.env.DOCKER_HOST
    else process.env.DOCKER_HOST = before
    server?.closeAllConnections()
    for (const each of open.splice(0)) each.destroy()
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)))
    server = undefined
  })

  async function listen(engine: Server): Promise<void> {
    server = engine
    await new Promise<void>((resolve) => engine.listen(socket, resolve))
  }

  it('gives exit code, output and complaint apart, and takes input', async () => {
    await listen(startEngine(3))
    expect(await run('in')).toEqual({ exitCode: 3, stdout: 'got in', stderr: 'no\n', truncated: false })
    expect(await run('x'.repeat(5_000))).toMatchObject({ truncated: true })
  })

  it('takes an engine that does not answer, or breaks off, as unreachable and never as an exit code', async () => {
    await expect(run('')).rejects.toMatchObject({ name: 'Unreachable', rootCause: { id: 'unreachable:container:box' } })
    await listen(startEngine(null))
    await expect(run('')).rejects.toThrow(/broke off sh in the container box/)
  })

  it('takes a command that the engine could not start for no answer of that command', async () => {
    await listen(startEngine(126, { answer: 'OCI runtime exec failed: "sh": executable file not found' }))
    await expect(run('')).rejects.toThrow(/could not be run in the container box: OCI runtime exec failed/)
  })

  it('ends at its time-out', async () => {
    await listen(startEngine(0, { silent: true }))
    await expect(run('', { timeoutMs: 300 })).rejects.toThrow(/did not end within 300 ms in the container box/)
  })

  it('keeps what had come by then', async () => {
    await listen(startEngine(0, { silent: true, part: 'the first half' }))
    const error = await run('', { timeoutMs: 300 }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'Unreachable', seen: 'the first half' })
  })

  it('has the effect exec', () => {
    expect(shellEffect(host)).toBe('exec')
    const target = testTarget({ hosts: { services: host } })
    expect(hostFact(target, 'services', 'os').access).toMatchObject({ effect: 'exec', address: 'container:box' })
  })
})
