import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import type { Watchdog } from '../../watchdog/index.ts'
import type { Engine } from '../ephemeral/engine.ts'
import { isLeftOver, OWNER_LABEL, ownerLabel } from '../ephemeral/labels.ts'
import { keepOnly, loadImages } from './images.ts'
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
 * The name of a volume that holds exactly these images, unpacked by an engine of the host's kind. It is made where there is none (half
 * a minute), brought up to date where its images have changed, and kept like the images themselves. One that a host is using is
 * left as it is.
 */
export async function imageStore(options: StoreOptions): Promise<string> {
  const { docker } = options.engine
  const names = [options.image, ...options.images]
  const ids = await Promise.all(names.map(async (name) => (await docker.getImage(name).inspect()).Id))
  const holds = createHash('sha256').update(ids.sort().join('\n')).digest('hex').slice(0, 16)
  const whole = await volumesWith(docker, HOLDS_LABEL)
  const found = whole.find(({ Labels }) => Labels?.[HOLDS_LABEL] === holds)?.Labels?.[VOLUME_LABEL]
  if (found !== undefined) return found
  const older = await takeOver(docker, whole)
  options.onProgress(`bringing ${options.images.length} images into a store for hosts; this is done once`)
  return fill(options, holds, older)
}

async function volumesWith(docker: Engine['docker'], label: string): Promise<Volumes> {
  const filters = { label: [label] }
  return volumesSchema.parse(await docker.listVolumes({ filters: filters as never })).Volumes ?? []
}

/**
 * One store of other images that nobody uses, no longer called whole; any other such store is removed, and so are those whose filling
 * was cut off. undefined where there is none.
 */
async function takeOver(docker: Engine['docker'], whole: Volumes): Promise<string | undefined> {
  const markers = new Map(whole.map(({ Name, Labels }) => [Labels?.[VOLUME_LABEL], Name]))
  let taken: string | undefined
  for (const { Name, Labels } of await volumesWith(docker, FILLING_LABEL)) {
    const marker = markers.get(Name)
    if (marker === undefined ? !isLeftOver(Labels ?? {}) : await isUsed(docker, Name)) continue
    if (marker === undefined || taken !== undefined) await removed(docker, Name)
    // Of two that want the same store, the one that removes its marker has it.
    const isOurs = marker !== undefined && (await removed(docker, marker))
    if (isOurs && taken === undefined) taken = Name
  }
  return taken
}

async function isUsed(docker: Engine['docker'], volume: string): Promise<boolean> {
  return (await docker.listContainers({ all: true, filters: { volume: [volume] } })).length > 0
}

async function removed(docker: Engine['docker'], name: string): Promise<boolean> {
  const [answer] = await Promise.allSettled([docker.getVolume(name).remove()])
  if (answer.status === 'fulfilled') return true
  if ([404, 409].includes(answer.reason?.statusCode)) return false
  throw answer.reason
}

async function fill(options: StoreOptions, holds: string, older: string | undefined): Promise<string> {
  const { engine, watchdog } = options
  const id = randomUUID()
  const label = `${FILLING_LABEL}=${id}`
  const name = older ?? `runbook-images-${id.slice(0, 8)}`
  const directory = await mkdtemp(path.join(tmpdir(), 'image-store-'))
  watchdog.guardDirectory(directory)
  watchdog.guardContainers({ engine: engine.address, label })
  let isWhole = false
  try {
    const labels = { [FILLING_LABEL]: id, [OWNER_LABEL]: ownerLabel() }
    if (older === undefined) await engine.docker.createVolume({ Name: name, Labels: labels })
    await unpack(options, { directory, labels, volume: name })
    const says = { [HOLDS_LABEL]: holds, [VOLUME_LABEL]: name }
    await engine.docker.createVolume({ Name: `${name}-${holds}`, Labels: says })
    isWhole = true
  } finally {
    if (!isWhole) await removed(engine.docker, name)
    await rm(directory, { recursive: true, force: true })
    watchdog.release({ containers: label })
    watchdog.release({ directory })
  }
  return name
}

interface Unpacking {
  readonly directory: string
  readonly labels: Readonly<Record<string, string>>
  readonly volume: string
}

/** Loads the images that are missing into the store, by an engine that lives only for that, and removes those that are not wanted. */
async function unpack({ engine, image, images, signal }: StoreOptions, { directory, labels, volume }: Unpacking): Promise<void> {
  const name = `${volume}-loading`
  const volumes = { [volume]: '/var/lib/docker' }
  const host = await startHostContainer({ engine, image, name, labels, directory, hasEngine: true, volumes, signal })
  try {
    await keepOnly(engine, host, images)
    await loadImages(engine, host, images)
    await host.run(['host-init', 'stop', 'dockerd'])
  } finally {
    await host.stop()
  }
}
