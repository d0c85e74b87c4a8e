import type Dockerode from 'dockerode'
import { z } from 'zod'
import type { Probe } from '../probe.ts'
import type { DockerSpec } from '../targets/schema.ts'
import { GRACE_MS } from './deadline.ts'
import { dockerAddress, dockerCommand, withDocker } from './docker-client.ts'

/** Where an image can be had: in the engine's store, from its registry, or nowhere, with what was said. */
export interface ImageAvailability {
  readonly image: string
  readonly from: 'store' | 'registry' | 'nowhere'
  readonly detail: string
}

/** The engine asks each registry itself, which takes as long as its network. */
const DEADLINE_MS = 30_000

/**
 * Whether each of the images that another observation names is there, or could be pulled. The engine is asked, by GET alone,
 * and asks the registry with its own credentials; nothing is pulled.
 */
export function imageAvailability(
  spec: DockerSpec,
  wanted: Probe<readonly string[]>,
  system = 'docker',
): Probe<ImageAvailability[]> {
  return {
    kind: 'docker-images',
    access: {
      system,
      address: dockerAddress(spec),
      operation: 'GET /images/*/json, and GET /distribution/*/json of those that are missing',
      effect: 'read',
      reproduce: `${dockerCommand(spec)} images --digests; ${dockerCommand(spec)} manifest inspect IMAGE`,
    },
    deadlineMs: DEADLINE_MS + wanted.deadlineMs + GRACE_MS,
    variant: wanted.access.operation,
    async read(session) {
      const names = [...new Set((await session.share(wanted)).value)]
      const value = await withDocker(session, spec, { deadlineMs: DEADLINE_MS }, (docker) =>
        Promise.all(names.map((image) => availability(docker, image))),
      )
      return { value, raw: value.map(({ image, from, detail }) => `${image}: ${from}${detail && ` (${detail})`}`).join('\n') }
    },
  }
}

async function availability(docker: Dockerode, image: string): Promise<ImageAvailability> {
  const handle = docker.getImage(image)
  if ((await refusalOf(handle.inspect())) === undefined) return { image, from: 'store', detail: '' }
  // An image that was built here has no digest of a registry; its own id pins it as well.
  const [id] = /sha256:[0-9a-f]{64}$/.exec(image) ?? []
  if (id !== undefined && (await refusalOf(docker.getImage(id).inspect())) === undefined)
    return { image, from: 'store', detail: 'by its id' }
  const refusal = await refusalOf(handle.distribution())
  return refusal === undefined ? { image, from: 'registry', detail: '' } : { image, from: 'nowhere', detail: refusal }
}

const refusalSchema = z.object({ statusCode: z.int(), message: z.string() })

/** What the engine said where it has no such image; undefined where it has. @throws whatever else went wrong */
async function refusalOf(asked: Promise<unknown>): Promise<string | undefined> {
  try {
    await asked
    return undefined
  } catch (error) {
    const refusal = refusalSchema.safeParse(error)
    if (refusal.success) return refusal.data.message
    throw error
  }
}
