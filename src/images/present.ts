import type Dockerode from 'dockerode'
import { z } from 'zod'
import { freeBytes } from '../disk.ts'
import { EngineUnusable } from './failures.ts'
import { OURS } from './names.ts'

/** Names of images that the engine has already. */
export interface PresentImages {
  readonly names: ReadonlySet<string>
}

const listSchema = z.array(z.looseObject({ RepoTags: z.array(z.string()).nullish() }))
const inspectionSchema = z.looseObject({ Id: z.string(), RepoDigests: z.array(z.string()).nullish() })

/** Asks which of our images, and which of these pinned ones, the engine has. */
export async function presentImages(docker: Dockerode, pinned: readonly string[]): Promise<PresentImages> {
  const ours = listSchema.parse(await docker.listImages({ filters: { reference: [OURS] } }))
  const found = await Promise.all(pinned.map(async (name) => ((await isPresent(docker, name)) ? [name] : [])))
  return { names: new Set([...ours.flatMap(({ RepoTags }) => RepoTags ?? []), ...found.flat()]) }
}

async function isPresent(docker: Dockerode, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect()
    return true
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return false
    throw error
  }
}

/** The digest that a registry gave an image; the engine's own id of it where it comes from none. */
export async function digestOf(docker: Dockerode, name: string): Promise<string> {
  const { Id, RepoDigests } = inspectionSchema.parse(await docker.getImage(name).inspect())
  return RepoDigests?.[0]?.replace(/^.*@/, '') ?? Id
}

/** Bytes that building everything takes, and some to spare. */
const NEEDED_BYTES = 3_000_000_000
const infoSchema = z.looseObject({ DockerRootDir: z.string() })

/** @throws EngineUnusable where the engine keeps its images on a disk of this machine that is nearly full. */
export async function requireSpace(docker: Dockerode): Promise<void> {
  const { DockerRootDir } = infoSchema.parse(await docker.info())
  const free = await freeBytes(DockerRootDir)
  if (free === undefined || free >= NEEDED_BYTES) return
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1)
  throw new EngineUnusable(
    `${DockerRootDir}, where the container engine keeps images, has ${gigabytes(free)} GB left; ${gigabytes(NEEDED_BYTES)} GB are needed: free some of it, for instance with \`docker system prune\``,
  )
}
