import type Dockerode from 'dockerode'
import { z } from 'zod'

/** An image that the engine has, and what pins it: its registry's digest, or its own id where it was built here. */
export interface HadImage {
  readonly image: string
  readonly digest: string
  readonly origin: 'upstream' | 'stand-in'
}

/** What became of each part's image. */
export type Images = ReadonlyMap<string, HadImage | { readonly unobtainable: string }>

/** Sees to it that the engine has an image of each part. */
export type EnsureImages = (
  parts: readonly string[],
  options: { readonly signal: AbortSignal; readonly onProgress: (text: string) => void },
) => Promise<Images>

const inspectionSchema = z.object({ Id: z.string(), RepoDigests: z.array(z.string()).nullish() })

/** Sees to it that the engine has the company’s own images; pulls those that it has not. */
export async function companyImages(docker: Dockerode, wanted: Readonly<Record<string, string>>): Promise<Images> {
  const had = async ([part, image]: [string, string]) => [part, await companyImage(docker, image)] as const
  return new Map(await Promise.all(Object.entries(wanted).map(had)))
}

async function companyImage(docker: Dockerode, image: string): Promise<HadImage | { readonly unobtainable: string }> {
  const here = await digestOf(docker, image)
  if (here !== undefined) return { image, digest: here, origin: 'upstream' }
  try {
    await pull(docker, image)
    return { image, digest: (await digestOf(docker, image)) ?? '', origin: 'upstream' }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    return {
      unobtainable: `the image ${image}, which the target file names, cannot be had: ${said}; docker pull it by hand, or correct \`images\``,
    }
  }
}

async function digestOf(docker: Dockerode, image: string): Promise<string | undefined> {
  const [answer] = await Promise.allSettled([docker.getImage(image).inspect()])
  if (answer.status === 'rejected') return undefined
  const { Id, RepoDigests } = inspectionSchema.parse(answer.value)
  return RepoDigests?.[0]?.replace(/^.*@/, '') ?? Id
}

async function pull(docker: Dockerode, image: string): Promise<void> {
  const stream: NodeJS.ReadableStream = await docker.pull(image)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  docker.modem.followProgress(stream, (error: Error | null) => (error === null ? resolve() : reject(error)))
  return promise
}

/** The reference of an image that cannot become another one by itself. */
export function pinned({ image, digest }: HadImage): string {
  return image.includes('@') || digest === '' ? image : `${image}@${digest}`
}
