import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { containerShell } from '../../src/host/container.ts'
import { localShell } from '../../src/host/local.ts'
import { openShell } from '../../src/host/open.ts'
import type { Shell } from '../../src/host/shell.ts'
import { frame } from '../support/docker-engine.ts'
import { SSHD, startSshd, type TestSshd, wireTo } from '../support/sshd.ts'

const options = (more: { maxBytes?: number; timeoutMs?: number; signal?: AbortSignal } = {}) => ({
  timeoutMs: 20_000,
  maxBytes: 100_000_000,
  signal: new AbortController().signal,
  ...more,
})

/** Reads a stream to its end, slowly at first, and tells how long it was and what it was. */
async function readAll(shell: Shell, script: string, more = {}): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  await pipeline(shell.stream(['sh', '-c', script], options(more)), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      if (bytes === 0) await once(AbortSignal.timeout(100), 'abort')
      bytes += chunk.length
      hash.update(chunk)
    }
  })
  return { bytes, sha256: hash.digest('hex') }
}

/** What every way to a host keeps to. */
function keepsTheContract(open: () => Promise<Shell>, place: RegExp): void {
  let shell: Shell
  beforeAll(async () => {
    shell = await open()
  })
  afterAll(() => shell.close())

  it('passes every byte on, also to a slow reader', async () => {
    const zeros = await readAll(shell, 'head -c 5000001 /dev/zero; echo noise >&2')
    expect(zeros).toEqual({ bytes: 5_000_001, sha256: createHash('sha256').update(Buffer.alloc(5_000_001)).digest('hex') })
  })

  it('fails at the end where the command failed, with its complaint, whatever it had printed', async () => {
    await expect(readAll(shell, 'echo part; echo no such disk >&2; exit 5')).rejects.toMatchObject({
      name: 'CommandFailed',
      exitCode: 5,
      message: 'sh ended with 5: no such disk',
    })
  })

  it('fails where there is more than was granted', async () => {
    await expect(readAll(shell, 'cat /dev/zero', { maxBytes: 1_000_000 })).rejects.toMatchObject({
      name: 'TooMuch',
      message: expect.stringMatching(/^sh printed more than 1000000 bytes/),
    })
  })

  it('fails at its time-out and when it is cut off', async () => {
    await expect(readAll(shell, 'echo; sleep 30', { timeoutMs: 400 })).rejects.toThrow(/did not end within 400 ms/)
    await expect(readAll(shell, 'echo; sleep 30', { timeoutMs: 400 })).rejects.toThrow(place)
    const signal = AbortSignal.timeout(400)
    await expect(readAll(shell, 'echo; sleep 30', { signal })).rejects.toMatchObject({ name: 'Unreachable' })
    await expect(readAll(shell, 'echo', { signal })).rejects.toThrow(/was cut off/)
  })
}

describe('a stream of this machine', () => {
  keepsTheContract(async () => localShell(), /on this machine/)

  it('is unreachable where the command cannot be started or is killed', async () => {
    const gone = localShell().stream(['no-such-command'], options())
    await expect(pipeline(gone, async (all) => void (await all[Symbol.asyncIterator]().next()))).rejects.toThrow(
      /could not be started/,
    )
    await expect(readAll(localShell(), 'echo part; kill -9 $$')).rejects.toThrow(/was ended by SIGKILL/)
  })
})

describe.skipIf(SSHD === undefined)('a stream over ssh (needs sshd)', () => {
  let sshd: TestSshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd[Symbol.asyncDispose]())
  keepsTheContract(() => openShell(sshd.host()), /on web/)

  it('never ends well where the connection is lost half-way', async () => {
    await using wire = await wireTo(sshd.port)
    const shell = await openShell(sshd.host([`Port ${wire.port}`]))
    setTimeout(() => wire.cut(), 500)
    await expect(readAll(shell, 'while :; do echo part; done')).rejects.toThrow(/the ssh connection to web was lost/)
    await shell.close()
  })
})

describe('a stream of a container', () => {
  const socket = path.join(tmpdir(), `stream-engine-${process.pid}.sock`)
  const before = process.env.DOCKER_HOST
  const sockets: Socket[] = []
  const json = { 'content-type': 'application/json' }
  let exitCode: number | null = 0
  let pieces: readonly Buffer[] = []
  const server = createServer((request, response) => {
    if (request.method === 'POST') response.writeHead(201, json).end('{"Id":"e1"}')
    else response.writeHead(200, json).end(JSON.stringify({ ExitCode: exitCode }))
    request.resume()
  }).on('upgrade', (_, connection: Socket) => {
    sockets.push(connection)
    connection.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n')
    for (const piece of pieces) connection.write(piece)
    if (exitCode !== 9) connection.end()
  })
  beforeAll(async () => {
    server.listen(socket)
    await once(server, 'listening')
    process.env.DOCKER_HOST = `unix://${socket}`
  })
  afterAll(async () => {
    for (const connection of sockets) connection.destroy()
    server.close()
    await once(server, 'close')
    if (before === undefined) delete process.env.DOCKER_HOST
    else process.env.DOCKER_HOST = before
  })

  it('takes output and complaint apart, however they are cut', async () => {
    const whole = Buffer.concat([frame(1, 'one '), frame(2, 'noise'), frame(1, 'x'.repeat(100_000))])
    exitCode = 0
    pieces = [whole.subarray(0, 3), whole.subarray(3, 30), whole.subarray(30)]
    const sha256 = createHash('sha256')
      .update(`one ${'x'.repeat(100_000)}`)
      .digest('hex')
    expect(await readAll(containerShell('box'), 'x')).toEqual({ bytes: 100_004, sha256 })
  })

  it('fails where the command did, where the engine broke off, and where it takes too long', async () => {
    pieces = [frame(1, 'part'), frame(2, 'no')]
    exitCode = 2
    await expect(readAll(containerShell('box'), 'x')).rejects.toThrow('sh ended with 2: no')
    exitCode = null
    await expect(readAll(containerShell('box'), 'x')).rejects.toThrow(/broke off sh/)
    exitCode = 9
    await expect(readAll(containerShell('box'), 'x', { timeoutMs: 300 })).rejects.toThrow(/within 300 ms in the container box/)
  })
})
