import { finished } from 'node:stream/promises'
import type Dockerode from 'dockerode'
import { z } from 'zod'
import { capped } from '../host/capped.ts'
import { Unobserved } from '../outcome.ts'
import type { Probe } from '../probe.ts'
import type { DockerSpec } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { dockerAddress, dockerCommand, engineAnswer, withDocker } from './docker-client.ts'
import { COMPOSE_PROJECT, COMPOSE_SERVICE } from './docker-container.ts'
import { unframed } from './docker-logs.ts'
import { quote } from './reproduce.ts'

/** Every command that a probe may run inside a container; each only reads, and none goes through a shell. */
const READING = {
  'nginx -t': ['nginx', '-t'],
  'promtool check config': ['promtool', 'check', 'config', '/etc/prometheus/prometheus.yml'],
  limits: ['cat', '/proc/self/limits'],
  'nginx worker_connections': ['grep', '-rhs', 'worker_connections', '/etc/nginx'],
} as const

export type ExecCommand = keyof typeof READING

/** What a command in a container answered; its output is stdout and stderr in the order in which they came. */
export interface ExecAnswer {
  readonly exitCode: number
  readonly output: string
}

export interface ExecOptions {
  readonly project: string
  readonly service: string
  readonly command: ExecCommand
}

const DEADLINE_MS = 15_000
const MAX_BYTES = 1024 * 1024

/** Runs one command of a fixed list in the first running container of a compose service. */
export function containerExec(spec: DockerSpec, { project, service, command }: ExecOptions): Probe<ExecAnswer> {
  const labels = [`${COMPOSE_PROJECT}=${project}`, `${COMPOSE_SERVICE}=${service}`]
  const argv = READING[command]
  const ps = `${dockerCommand(spec)} ps -q ${labels.map((label) => `--filter label=${quote(label)}`).join(' ')}`
  return {
    kind: 'docker-exec',
    access: {
      system: service,
      address: dockerAddress(spec),
      operation: `run ${argv.join(' ')} in ${service}`,
      effect: 'exec',
      reproduce: `${dockerCommand(spec)} exec "$(${ps} | head -n 1)" ${argv.map(quote).join(' ')}`,
    },
    deadlineMs: DEADLINE_MS + GRACE_MS,
    async read(session) {
      const value = await withDocker(session, spec, { deadlineMs: DEADLINE_MS, allowed: 'exec' }, (docker, signal) =>
        run(docker, { labels, argv, service, signal }),
      )
      return { value, raw: `exit ${value.exitCode}\n${value.output}` }
    },
  }
}

interface Running {
  readonly labels: readonly string[]
  readonly argv: readonly string[]
  readonly service: string
  readonly signal: AbortSignal
}

async function run(docker: Dockerode, { labels, argv, service, signal }: Running): Promise<ExecAnswer> {
  const listed = engineAnswer(
    z.array(z.object({ Id: z.string() })),
    await docker.listContainers({ filters: { label: [...labels], status: ['running'] } }),
    'list of containers',
  )
  const [first] = listed
  if (first === undefined) {
    throw new Unobserved({
      id: `docker:not-running:${service}`,
      text: `no container of ${service} is running, so that ${argv.join(' ')} could not be run in it`,
    })
  }
  const exec = await docker.getContainer(first.Id).exec({ Cmd: [...argv], AttachStdout: true, AttachStderr: true, Tty: false })
  const stream = await exec.start({})
  // Not by the client's own demultiplexer: many small frames at once overflow its stack.
  const output = capped(stream, MAX_BYTES)
  await finished(stream, { signal, writable: false })
  if (output.truncated()) {
    const text = `${argv.join(' ')} in ${service} printed more than ${MAX_BYTES} bytes, so that its answer is not known; run it by hand`
    throw new Unobserved({ id: `docker:too-much:${service}:${argv.join(' ')}`, text })
  }
  const { ExitCode } = engineAnswer(z.object({ ExitCode: z.int() }), await exec.inspect(), 'answer about a command')
  return { exitCode: ExitCode, output: unframed(output.bytes()) }
}
