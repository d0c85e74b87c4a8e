import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type EphemeralSecrets, generateSecrets } from '../../../fixtures/ephemeral/index.ts'
import type { Release } from '../../procedures/platform.ts'
import { createAuthority } from '../disposable/certificates.ts'
import { issueAll, type PublicCertificate } from '../disposable/public-certificates.ts'
import type { Stopping } from '../disposable/stopping.ts'
import { type ComposeSource, readComposeFile } from '../ephemeral/compose-file.ts'
import { connectEngine, type Engine } from '../ephemeral/engine.ts'
import type { Images } from '../ephemeral/images.ts'
import { type Leftovers, removeLeftovers } from '../ephemeral/leftovers.ts'
import { loadStackFile, type StackFile } from '../ephemeral/stack-file.ts'
import {
  type EphemeralOptions,
  type EphemeralRun,
  had,
  imagesOf,
  missingStack,
  openRun,
  startNameServers,
} from '../ephemeral/start.ts'
import { imageStore } from '../host-container/index.ts'

/** An image of the stack, by its name at the outer engine and the id by which every engine knows it. */
export interface StackImage {
  readonly name: string
  readonly id: string
}

/** Everything of a run that is there before its host is: what is to run, and what the host is to be given. */
export interface Site {
  readonly stack: StackFile
  readonly source: ComposeSource
  readonly engine: Engine
  readonly run: EphemeralRun
  readonly images: Images
  /** By service; those that can be had. */
  readonly had: ReadonlyMap<string, StackImage>
  readonly release: Release
  readonly hostImage: string
  /** Volume with the stack's images. */
  readonly store: string
  readonly secrets: EphemeralSecrets
  readonly authority: { readonly certificate: string; readonly file: string }
  readonly certificates: readonly PublicCertificate[]
  readonly dnsServers: readonly string[]
  readonly leftovers: Leftovers
}

/** Gets all that a run needs before its host. From here on everything of the run is guarded. */
export async function openSite(options: EphemeralOptions, stopping: Stopping): Promise<Site> {
  const { spec, runDirectory, signal, watchdog, onProgress, now = new Date() } = options
  const stack = loadStackFile(spec.stack ?? missingStack(spec))
  const source = readComposeFile(stack, spec.images)
  const engine = await connectEngine()
  const leftovers = await removeLeftovers(engine)
  const images = await imagesOf(options, engine, stack, source)
  const hostImage = await imageOfHost(options)
  const present = await Promise.all(
    had(images).map(async ([service, { image }]) => {
      return [service, { name: image, id: (await engine.docker.getImage(image).inspect()).Id }] as const
    }),
  )
  const names = present.map(([, { name }]) => name)
  const store = await imageStore({ engine, image: hostImage, images: names, watchdog, signal, onProgress })
  signal.throwIfAborted()
  const run = await openRun(options, engine, stopping)
  const authority = await createAuthority({ name: 'Ephemeral target CA', now })
  const file = path.join(runDirectory, 'ca.pem')
  await writeFile(file, authority.certificate)
  return {
    stack,
    source,
    engine,
    run,
    images,
    had: new Map(present),
    release: { name: 'deployed', images: Object.fromEntries(present.map(([service, { id }]) => [service, id])) },
    hostImage,
    store,
    secrets: generateSecrets(now),
    authority: { certificate: authority.certificate, file },
    certificates: await issueAll(spec, authority),
    dnsServers: await startNameServers(spec, stopping),
    leftovers,
  }
}

async function imageOfHost({ ensureImages, signal, onProgress }: EphemeralOptions): Promise<string> {
  const found = (await ensureImages(['host'], { signal, onProgress })).get('host')
  if (found !== undefined && 'image' in found) return found.image
  throw new Error(`there is no image of a host: ${found?.unobtainable ?? 'the catalogue has none'}`)
}
