import { z } from 'zod'
import type { Probe } from '../probe.ts'
import type { DockerSpec } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { dockerAddress, dockerCommand, engineAnswer, withDocker } from './docker-client.ts'

const DEADLINE_MS = 15_000
/** Events beyond this are not read, in bytes. */
const MOST_EVENTS = 256 * 1_024

const sized = z.array(z.object({ Size: z.number().default(0) })).nullish()
const usageSchema = z.object({
  LayersSize: z.number().default(0),
  Images: z.array(z.unknown()).nullish(),
  Containers: z.array(z.object({ SizeRw: z.number().default(0) })).nullish(),
  Volumes: z.array(z.object({ UsageData: z.object({ Size: z.number() }).nullish() })).nullish(),
  BuildCache: sized,
})

/** Bytes that the engine's things take on disk. */
export interface DockerDiskUsage {
  readonly images: number
  readonly containers: number
  readonly volumes: number
  readonly buildCache: number
}

/** What images, containers, volumes and build cache take. */
export function dockerDiskUsage(spec: DockerSpec): Probe<DockerDiskUsage> {
  return {
    kind: 'docker-df',
    access: access(spec, 'GET /system/df', 'system df'),
    deadlineMs: DEADLINE_MS + GRACE_MS,
    async read(session) {
      const answer = await withDocker(session, spec, { deadlineMs: DEADLINE_MS }, (docker) => docker.df())
      const { LayersSize, Containers, Volumes, BuildCache } = engineAnswer(usageSchema, answer, 'disk usage')
      const value = {
        images: LayersSize,
        containers: sum((Containers ?? []).map(({ SizeRw }) => SizeRw)),
        // The engine says -1 where it does not know.
        volumes: sum((Volumes ?? []).map(({ UsageData }) => Math.max(0, UsageData?.Size ?? 0))),
        buildCache: sum((BuildCache ?? []).map(({ Size }) => Size)),
      }
      return { value, raw: JSON.stringify(value) }
    },
  }
}

/** The engine's events of the last `minutes`, one JSON object a line, oldest first. */
export function dockerEvents(spec: DockerSpec, { minutes }: { readonly minutes: number }): Probe<string> {
  return {
    kind: 'docker-events',
    access: access(spec, `GET /events of the last ${minutes} minutes`, `events --since ${minutes}m --until 0s`),
    deadlineMs: DEADLINE_MS + GRACE_MS,
    async read(session) {
      const until = Math.floor(Date.now() / 1_000)
      const value = await withDocker(session, spec, { deadlineMs: DEADLINE_MS }, async (docker, signal) => {
        const stream = await docker.getEvents({ since: until - minutes * 60, until, abortSignal: signal })
        let text = ''
        for await (const chunk of stream) {
          text += String(chunk)
          if (text.length > MOST_EVENTS) break
        }
        return text.slice(0, MOST_EVENTS)
      })
      return { value, raw: `${value.split('\n').filter((line) => line !== '').length} events` }
    },
  }
}

function access(spec: DockerSpec, operation: string, command: string): Probe<unknown>['access'] {
  return {
    system: 'docker',
    address: dockerAddress(spec),
    operation,
    effect: 'read',
    reproduce: `${dockerCommand(spec)} ${command}`,
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
