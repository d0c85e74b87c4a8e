import type { Socket } from 'node:net'
import { beforeAll, expect } from 'vitest'
import type { Probe } from '../../src/probe.ts'
import { type ContainerFacts, composeContainers } from '../../src/probes/docker.ts'
import { containerExec, type ExecAnswer } from '../../src/probes/docker-exec.ts'
import { containerLogs, type ServiceLog } from '../../src/probes/docker-logs.ts'
import { recordedContainer } from '../support/docker-engine.ts'
import { dripping, endless } from '../support/hostile/arena.ts'
import { type HostileCase, hostile } from '../support/hostile/cases.ts'
import { POISON } from '../support/hostile/poison.ts'

/** Loading the client must not count against the first case's limit. */
beforeAll(() => import('dockerode'))

/** The observer's own limit; the probes' are for a real engine. */
const LIMIT_MS = 900
const OK = 'HTTP/1.1 200 OK\r\n'

type Attack = (socket: Socket, request: string) => void

function json(value: unknown, status = '200 OK'): Attack {
  return text(JSON.stringify(value), status)
}

function text(body: string | Buffer, status = '200 OK'): Attack {
  return (socket) => {
    const bytes = Buffer.from(body)
    socket.write(`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${bytes.length}\r\n\r\n`)
    socket.write(bytes)
  }
}

/** An engine that answers each request by the first attack whose words its line contains, otherwise as a real one would. */
function engine(attacks: Readonly<Record<string, Attack>>): (socket: Socket) => void {
  const honest: Readonly<Record<string, Attack>> = {
    '/containers/json': json([{ Id: 'c1' }]),
    '/containers/c1/exec': json({ Id: 'e1' }, '201 Created'),
    '/exec/e1/json': json({ ExitCode: 0 }),
    '/containers/c1/json': json(recordedContainer),
    '/images/': json({ RepoDigests: [] }),
  }
  return (socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (asked: Buffer) => {
      const request = asked.toString('latin1').split('\r\n')[0] ?? ''
      const found = [...Object.entries(attacks), ...Object.entries(honest)].find(([words]) => request.includes(words))
      if (found !== undefined) found[1](socket, request)
    })
  }
}

type Make = (spec: { readonly host: string; readonly port: number }) => Probe<unknown>

function against(make: Make) {
  return (name: string, attacks: Readonly<Record<string, Attack>>, outcome: HostileCase['outcome'], says = /./): HostileCase => ({
    name,
    outcome,
    says,
    async probe(arena) {
      const { port } = await arena.serve(engine(attacks))
      return { ...make({ host: '127.0.0.1', port }), deadlineMs: LIMIT_MS }
    },
  })
}

const listing = against((spec) => composeContainers(spec, { project: 'bridge', showEnvironment: ['ENVIRONMENT'] }))
const inspected = (more: Readonly<Record<string, unknown>>): Readonly<Record<string, Attack>> => ({
  '/containers/c1/json': json({ ...recordedContainer, ...more }),
})

hostile<ContainerFacts[]>(
  'an engine whose containers are listed',
  { judge: (containers) => expect(containers.map(({ name }) => name)).toEqual(['bridge-hook-receiver-1']) },
  [
    listing(
      'a list without end',
      {
        '/containers/json': (socket) => {
          socket.write(`${OK}\r\n[`)
          endless(socket, '{"Id":"c1"},')
        },
      },
      'unobserved',
    ),
    listing(
      'headers without end',
      {
        '/containers/json': (socket) => {
          socket.write(OK)
          endless(socket, 'x-more: 1\r\n')
        },
      },
      'unobserved',
    ),
    listing(
      'a list that drips',
      {
        '/containers/json': (socket) => {
          socket.write(`${OK}\r\n`)
          dripping(socket, '[ ')
        },
      },
      'unobserved',
    ),
    listing(
      'a list that is cut off',
      { '/containers/json': (socket) => socket.end(`${OK}content-length: 500\r\n\r\n[{"Id":`) },
      'unobserved',
    ),
    listing(
      'lists a hundred thousand levels deep',
      { '/containers/json': text('['.repeat(100_000) + ']'.repeat(100_000)) },
      'unobserved',
    ),
    listing('the page of a proxy', { '/containers/json': text(POISON, '502 Bad Gateway') }, 'unobserved', /owned/),
    listing('a page with 200', { '/containers/json': text('<html>Sign in</html>') }, 'unobserved'),
    listing(
      'an object where a list should be',
      { '/containers/json': json({ 0: { Id: 'c1' }, length: 1 }) },
      'unobserved',
      /another shape/,
    ),
    listing('ids that lead elsewhere', { '/containers/json': json([{ Id: '../../images/prune?x=' }]) }, 'unobserved'),
    listing(
      'an error that steers the terminal',
      { '/containers/c1/json': json({ message: POISON }, '500 Oops') },
      'unobserved',
      /owned/,
    ),
    listing('a name that steers the terminal', inspected({ Name: POISON }), 'failed'),
    listing(
      'labels that would be a prototype',
      inspected({
        Config: JSON.parse(
          '{"Image":"x","User":"","Env":["__proto__=1","ENVIRONMENT=1"],"Labels":{"__proto__":"x","constructor":"y"}}',
        ),
      }),
      'passed',
    ),
    listing('types that are all wrong', inspected({ State: [], HostConfig: 'none', Mounts: 7 }), 'unobserved', /another shape/),
    listing(
      'numbers beyond all numbers',
      { '/containers/c1/json': text(JSON.stringify(recordedContainer).replace('"RestartCount":2', '"RestartCount":1e999')) },
      'unobserved',
      /another shape/,
    ),
  ],
)

const frameOf = (length: number, body: string): Buffer => {
  const head = Buffer.alloc(8)
  head.writeUInt8(1)
  head.writeUInt32BE(length, 4)
  return Buffer.concat([head, Buffer.from(body)])
}

const logging = against((spec) => containerLogs(spec, { project: 'bridge', services: ['hook-receiver'], tail: 100 }))

hostile<ServiceLog[]>(
  'an engine whose logs are read',
  { judge: (logs) => expect(logs.flatMap(({ lines }) => lines.map((line) => line.text))).toEqual(['ready']) },
  [
    logging(
      'a log without end',
      {
        '/logs': (socket) => {
          socket.write(`${OK}\r\n`)
          endless(socket, frameOf(32, '2026-01-01T00:00:00Z chatter     '))
        },
      },
      'unobserved',
    ),
    logging('a frame of 4 GB', { '/logs': text(frameOf(0xffffffff, '2026-01-01T00:00:00Z ready')) }, 'passed'),
    logging('frames of nothing', { '/logs': text(Buffer.alloc(1_000_000)) }, 'failed'),
    logging(
      'lines that steer the terminal',
      { '/logs': text(frameOf(600, `2026-01-01T00:00:00Z ${POISON}`.padEnd(600))) },
      'failed',
    ),
    logging('no frame at all', { '/logs': text('plain text') }, 'failed'),
  ],
)

const running = against((spec) => containerExec(spec, { project: 'bridge', service: 'nginx', command: 'nginx -t' }))
const upgraded = (attack: (socket: Socket) => void): Readonly<Record<string, Attack>> => ({
  '/exec/e1/start': (socket) => {
    socket.write(`${OK}content-type: application/vnd.docker.raw-stream\r\n\r\n`)
    attack(socket)
  },
})

hostile<ExecAnswer>('an engine that runs a command', { judge: ({ output }) => expect(output).toContain('syntax is ok') }, [
  running(
    'output without end',
    upgraded((socket) => endless(socket, frameOf(8, 'chatter\n'))),
    'unobserved',
  ),
  running(
    'a frame of 4 GB, and it comes',
    upgraded((socket) => {
      socket.write(frameOf(0xffffffff, ''))
      endless(socket, 'x')
    }),
    'unobserved',
  ),
  running(
    'output that drips',
    upgraded((socket) => dripping(socket, frameOf(1, 'x').toString('latin1'))),
    'unobserved',
  ),
  running(
    'output that steers the terminal',
    upgraded((socket) => socket.end(frameOf(Buffer.byteLength(POISON), POISON))),
    'failed',
  ),
  running(
    'an exit code that is none',
    { ...upgraded((socket) => socket.end(frameOf(12, 'syntax is ok'))), '/exec/e1/json': json({ ExitCode: '0' }) },
    'unobserved',
    /another shape/,
  ),
])
