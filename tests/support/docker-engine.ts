import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What the engine answers to a request, by `METHOD /path` without query: JSON, or bytes as they are. */
export type EngineAnswers = Readonly<Record<string, unknown>>

export interface TestEngine extends AsyncDisposable {
  readonly socket: string
  /** Every request, `METHOD /path?query`, with the User-Agent that came along. */
  readonly requests: { readonly request: string; readonly agent: string }[]
}

/** A server on a unix socket that replays recorded answers of a container engine; anything else is 404 in the engine's own words. */
export async function startEngine(answers: EngineAnswers): Promise<TestEngine> {
  const directory = await mkdtemp(join(tmpdir(), 'test-engine-'))
  const socket = join(directory, 'docker.sock')
  const requests: { request: string; agent: string }[] = []
  const server = createServer((request, response) => {
    requests.push({ request: `${request.method} ${request.url}`, agent: request.headers['user-agent'] ?? '' })
    const answer = answers[`${request.method} ${request.url?.split('?')[0]}`]
    request.resume()
    if (answer === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"page not found"}')
    } else if (Buffer.isBuffer(answer)) {
      response.writeHead(200, { 'content-type': 'application/vnd.docker.raw-stream' }).end(answer)
    } else {
      const status = request.method === 'POST' ? 201 : 200
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    }
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return {
    socket,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(directory, { recursive: true })
    },
  }
}

/** A frame of the engine's multiplexed stream: 1 is stdout, 2 stderr. */
export function frame(channel: 1 | 2, text: string): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt8(channel, 0)
  head.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([head, Buffer.from(text)])
}

/** Parts of what Docker Engine 27 says of a container of a compose project. */
export const recordedContainer = {
  Id: 'c1',
  Name: '/bridge-hook-receiver-1',
  Image: 'sha256:aaa',
  RestartCount: 2,
  State: {
    Status: 'running',
    Running: true,
    Restarting: false,
    OOMKilled: false,
    ExitCode: 0,
    StartedAt: '2026-01-02T03:04:05.123456789Z',
    Health: { Status: 'healthy', FailingStreak: 0, Log: [{ ExitCode: 0, Output: 'ok' }] },
  },
  Config: {
    Image: 'registry.example.test/hook-receiver:1.2.3',
    User: '1000',
    Env: ['ENVIRONMENT=production', 'POSTGRES_PASSWORD=never-to-be-seen', 'EMPTY='],
    Labels: { 'com.docker.compose.project': 'bridge', 'com.docker.compose.service': 'hook-receiver' },
  },
  HostConfig: {
    Memory: 536_870_912,
    NanoCpus: 1_500_000_000,
    PidsLimit: null,
    Privileged: false,
    CapAdd: null,
    NetworkMode: 'bridge_default',
    PidMode: '',
    RestartPolicy: { Name: 'unless-stopped', MaximumRetryCount: 0 },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
  },
  Mounts: [{ Type: 'bind', Source: '/opt/app/config', Destination: '/config', RW: false }],
  NetworkSettings: {
    Ports: { '8001/tcp': [{ HostIp: '127.0.0.1', HostPort: '8001' }], '9000/tcp': null },
    Networks: { bridge_default: {} },
  },
}
