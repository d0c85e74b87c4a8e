import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import type { Watchdog } from '../../watchdog/index.ts'
import type { Engine } from '../ephemeral/engine.ts'
import { isLeftOver, OWNER_LABEL, ownerLabel } from '../ephemeral/labels.ts'
import { loadImages } from './images.ts'
import { startHostContainer } from './start.ts'

/** Where a host finds the images that it has from the start. */
export const STORE_PLACE = '/var/lib/docker-images:ro'
/** On a small volume that says: the store which it names is whole, and holds these images. */
const HOLDS_LABEL = 'runbook.images.holds'
const VOLUME_LABEL = 'runbook.images.volume'
/** On the store itself: who fills it. A volume's labels cannot be changed, so that this alone never says that it is whole. */
const FILLING_LABEL = 'runbook.images.filling'

export interface StoreOptions {
  readonly engine: Pick<Engine, 'docker' | 'address'>
  /** The catalogue's `host`. */
  readonly image: string
  /** Names of the images at the outer engine. */
  readonly images: readonly string[]
  readonly watchdog: Watchdog
  readonly signal: AbortSignal
  readonly onProgress: (text: string) => void
}

const volumesSchema = z.object({
  Volumes: z.array(z.object({ Name: z.string(), Labels: z.record(z.string(), z.string()).nullish() })).nullish(),
})
type Volumes = NonNullable<z.infer<typeof volumesSchema>['Volumes']>

/**
 * The name of a volume that holds exactly these images, unpacked by an engine of the host's kind. It is made where it is not there
 * (half a minute), and kept like the images themselves; stores of other images are removed, unless a host is using them.
 */
export async function imageStore(options: StoreOptions): Promise<string> {
  const { docker } = options.engine
  const names = [options.image, ...options.images]
  const ids = await Promise.all(names.map(async (name) => (await docker.getImage(name).inspect()).Id))
  const holds = createHash('sha256').update(ids.sort().join('\n')).digest('hex').slice(0, 16)
  const whole = await volumesWith(docker, HOLDS_LABEL)
  const found = whole.find(({ Labels }) => Labels?.[HOLDS_LABEL] === holds)?.Labels?.[VOLUME_LABEL]
  if (found !== undefined) return found
  await removeUnused(docker, whole)
  options.onProgress(`bringing ${options.images.length} images into a store for hosts; this is done once`)
  return fill(options, holds)
}

async function volumesWith(docker: Engine['docker'], label: string): Promise<Volumes> {
  const filters = { label: [label] }
  return volumesSchema.parse(await docker.listVolumes({ filters: filters as never })).Volumes ?? []
}

/** Removes the stores that nobody uses, with what says that they are whole; and those whose filling was cut off. */
async function removeUnused(docker: Engine['docker'], whole: Volumes): Promise<void> {
  const wholeNames = new Map(whole.map(({ Name, Labels }) => [Labels?.[VOLUME_LABEL], Name]))
  const stores = await volumesWith(docker, FILLING_LABEL)
  for (const { Name, Labels } of stores) {
    const marker = wholeNames.get(Name)
    if (marker === undefined && !isLeftOver(Labels ?? {})) continue
    // An engine refuses to remove a volume that a container has.
    if ((await removed(docker, Name)) && marker !== undefined) await removed(docker, marker)
  }
}

async function removed(docker: Engine['docker'], name: string): Promise<boolean> {
  const [answer] = await Promise.allSettled([docker.getVolume(name).remove()])
  if (answer.status === 'fulfilled') return true
  if ([404, 409].includes(answer.reason?.statusCode)) return false
  throw answer.reason
}

async function fill({ engine, image, images, watchdog, signal }: StoreOptions, holds: string): Promise<string> {
  const id = randomUUID()
  const label = `${FILLING_LABEL}=${id}`
  const labels = { [FILLING_LABEL]: id, [OWNER_LABEL]: ownerLabel() }
  const name = `runbook-images-${id}`
  const directory = await mkdtemp(path.join(tmpdir(), 'image-store-'))
  watchdog.guardDirectory(directory)
  watchdog.guardContainers({ engine: engine.address, label })
  let isWhole = false
  try {
    await engine.docker.createVolume({ Name: name, Labels: labels })
    const volumes = { [name]: '/var/lib/docker' }
    const host = await startHostContainer({
      engine,
      image,
      name: `${name}-loading`,
      labels,
      directory,
      hasEngine: true,
      volumes,
      signal,
    })
    try {
      await loadImages(engine, host, images)
      await host.run(['host-init', 'stop', 'dockerd'])
    } finally {
      await host.stop()
    }
    await engine.docker.createVolume({ Name: `${name}-whole`, Labels: { [HOLDS_LABEL]: holds, [VOLUME_LABEL]: name } })
    isWhole = true
  } finally {
    if (!isWhole) await removed(engine.docker, name)
    await rm(directory, { recursive: true, force: true })
    watchdog.release({ containers: label })
    watchdog.release({ directory })
  }
  return name
}
