import type Dockerode from 'dockerode'
import { z } from 'zod'
import type { Probe } from '../probe.ts'
import type { DockerSpec } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { dockerAddress, dockerCommand, engineAnswer, withDocker } from './docker-client.ts'
import { COMPOSE_PROJECT } from './docker-container.ts'
import { quote } from './reproduce.ts'

/** What the layers of one image tell that they should not; the layers themselves are not kept. */
export interface ImageHistory {
  readonly image: string
  readonly layers: number
  /** Names of build arguments and variables that look like secrets and have a value in some layer. */
  readonly suspicious: readonly string[]
  /** Names of the given secrets whose very bytes stand in some layer. */
  readonly secrets: readonly string[]
}

export interface HistoryOptions {
  readonly project: string
  /** Secrets to look for, by their names in the target. */
  readonly secrets: readonly string[]
  readonly system?: string
}

const DEADLINE_MS = 15_000
const listSchema = z.array(z.object({ Image: z.string(), ImageID: z.string() }))
const historySchema = z.array(z.object({ CreatedBy: z.string().default('') }))
const ASSIGNMENT = /\b([A-Za-z_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)[A-Za-z_]*)=(?!\/|\s|$)\S+/gi

/** The history of every image that a container of the compose project was made of. */
export function imageHistory(spec: DockerSpec, { project, secrets, system = 'docker' }: HistoryOptions): Probe<ImageHistory[]> {
  const label = `${COMPOSE_PROJECT}=${project}`
  const ps = `${dockerCommand(spec)} ps --all --filter label=${quote(label)} --format '{{.Image}}'`
  return {
    kind: 'docker-history',
    access: {
      system,
      address: dockerAddress(spec),
      operation: `GET /images/…/history of project ${project}`,
      effect: 'read',
      reproduce: `${ps} | sort -u | xargs -n 1 ${dockerCommand(spec)} history --no-trunc`,
    },
    deadlineMs: DEADLINE_MS + GRACE_MS,
    variant: secrets.join(','),
    async read(session) {
      const known = secrets.map((name) => [name, session.secret(name)] as const)
      const value = await withDocker(session, spec, { deadlineMs: DEADLINE_MS }, (docker) => histories(docker, label, known))
      return { value, raw: JSON.stringify(value, null, 1) }
    },
  }
}

type Known = readonly (readonly [name: string, secret: string])[]

async function histories(docker: Dockerode, label: string, known: Known): Promise<ImageHistory[]> {
  const listed = engineAnswer(
    listSchema,
    await docker.listContainers({ all: true, filters: { label: [label] } }),
    'list of containers',
  )
  const byId = new Map(listed.map(({ Image, ImageID }) => [ImageID, Image]))
  return Promise.all(
    [...byId].map(async ([id, image]) => {
      const layers = engineAnswer(historySchema, await docker.getImage(id).history(), 'history of an image')
      return {
        image,
        layers: layers.length,
        ...tellTales(
          layers.map(({ CreatedBy }) => CreatedBy),
          known,
        ),
      }
    }),
  )
}

/** What the commands of an image's layers give away. */
export function tellTales(commands: readonly string[], known: Known): Pick<ImageHistory, 'suspicious' | 'secrets'> {
  const named = commands.flatMap((command) => [...command.matchAll(ASSIGNMENT)].map(([, name = '']) => name))
  return {
    suspicious: [...new Set(named.filter((name) => !/_(FILE|PATH|DIR)$/i.test(name)))].sort(),
    secrets: known.filter(([, secret]) => commands.some((command) => command.includes(secret))).map(([name]) => name),
  }
}
