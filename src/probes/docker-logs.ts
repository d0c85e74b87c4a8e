import type Dockerode from 'dockerode'
import { z } from 'zod'
import type { Probe } from '../probe.ts'
import type { DockerSpec } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { dockerAddress, dockerCommand, engineAnswer, withDocker } from './docker-client.ts'
import { quote } from './reproduce.ts'

/** One line of a container's log. */
export interface LogLine {
  /** When the engine received it, milliseconds since 1970. */
  readonly at: number
  readonly text: string
}

/** What the containers of one compose service logged since they started, newest last, as far as it was read. */
export interface ServiceLog {
  readonly service: string
  readonly lines: readonly LogLine[]
}

export interface ContainerLogsOptions {
  readonly project: string
  readonly services: readonly string[]
  /** Newest lines of each container that are read. */
  readonly tail: number
  readonly system?: string
}

const DEADLINE_MS = 15_000
const SERVICE_LABEL = 'com.docker.compose.service'

/**
 * The newest log lines of compose services. A service without a running container has none. What the lines say stays out of
 * the evidence, which goes into the report: production logs hold other people's data.
 */
export function containerLogs(
  spec: DockerSpec,
  { project, services, tail, system = 'docker' }: ContainerLogsOptions,
): Probe<ServiceLog[]> {
  return {
    kind: 'docker-logs',
    access: {
      system,
      address: dockerAddress(spec),
      operation: `GET /containers/…/logs of ${services.join(', ')}, the newest ${tail} lines since each start`,
      effect: 'read',
      reproduce: `${dockerCommand(spec)} compose -p ${quote(project)} logs --timestamps --tail ${tail} ${services.map(quote).join(' ')}`,
    },
    deadlineMs: DEADLINE_MS + GRACE_MS,
    async read(session) {
      const value = await withDocker(session, spec, { deadlineMs: DEADLINE_MS }, (docker) =>
        Promise.all(services.map((service) => logOf(docker, project, service, tail))),
      )
      return { value, raw: value.map(({ service, lines }) => `${service}: ${lines.length} lines`).join('\n') }
    },
  }
}

const listSchema = z.array(z.object({ Id: z.string() }))
const inspectedSchema = z.object({
  State: z.object({ StartedAt: z.string() }),
  Config: z.object({ Tty: z.boolean().default(false) }),
})

async function logOf(docker: Dockerode, project: string, service: string, tail: number): Promise<ServiceLog> {
  const label = [`com.docker.compose.project=${project}`, `${SERVICE_LABEL}=${service}`]
  const listed = engineAnswer(listSchema, await docker.listContainers({ filters: { label } }), 'list of containers')
  const logs = await Promise.all(
    listed.map(async ({ Id }) => {
      const container = docker.getContainer(Id)
      const { State, Config } = engineAnswer(inspectedSchema, await container.inspect(), 'description of a container')
      const since = Math.floor(Date.parse(State.StartedAt) / 1_000)
      const answer = await container.logs({ stdout: true, stderr: true, follow: false, timestamps: true, tail, since })
      return linesOf(Config.Tty ? answer.toString('utf8') : unframed(answer))
    }),
  )
  return { service, lines: logs.flat().sort((left, right) => left.at - right.at) }
}

/** Takes the engine's frames away: one byte of stream, three of nothing, four of length, then the text. */
export function unframed(answer: Buffer): string {
  const texts: string[] = []
  for (let offset = 0; offset + 8 <= answer.length; ) {
    const end = offset + 8 + answer.readUInt32BE(offset + 4)
    texts.push(answer.toString('utf8', offset + 8, end))
    offset = end
  }
  return texts.join('')
}

/** Each line begins with the engine's own time stamp. */
export function linesOf(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => {
    const [, stamp = '', rest = ''] = /^(\S+) ?(.*)$/.exec(line) ?? []
    const at = Date.parse(stamp)
    return Number.isNaN(at) ? [] : [{ at, text: rest }]
  })
}
