import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { tame } from '../../src/probes/tame.ts'
import { endless } from '../support/hostile/arena.ts'
import { listening } from './support/server.ts'

it('breaks a flood off, with the reason', async () => {
  await using server = await listening(createServer((socket) => endless(socket, 'x')))
  const socket = connect(server.port, '127.0.0.1')
  tame(socket)
  socket.resume()
  const [error] = (await once(socket, 'error', { signal: AbortSignal.timeout(20_000) }).catch((reason: unknown) => [reason])) as [
    Error,
  ]
  expect(error).toMatchObject({ code: 'ECONNABORTED', message: 'it sent more than 16 MiB in one go' })
  expect(socket.destroyed).toBe(true)
})

it('makes an error in whoever reads an error of the connection', async () => {
  await using server = await listening(createServer((socket) => socket.write('x')))
  const socket = connect(server.port, '127.0.0.1')
  tame(socket)
  socket.on('data', () => {
    throw new RangeError('Invalid array length')
  })
  const failure = new Promise<Error>((resolve) => socket.once('error', resolve))
  expect(await failure).toMatchObject({ code: 'ECONNABORTED', message: 'Invalid array length' })
})

it('lets through what is asked for bit by bit, however much it is in all', async () => {
  const piece = Buffer.alloc(1024 * 1024, 'x')
  await using server = await listening(createServer((socket) => socket.on('data', () => socket.write(piece))))
  const socket = connect(server.port, '127.0.0.1')
  tame(socket)
  let received = 0
  for (let turn = 0; turn < 20; turn += 1) {
    socket.write('more')
    while (received < (turn + 1) * piece.length) received += ((await once(socket, 'data')) as [Buffer])[0].length
  }
  expect(received).toBe(20 * piece.length)
  socket.destroy()
})
