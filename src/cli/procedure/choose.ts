import { UsageError } from '../../outcome.ts'
import { backupTime, parseManifest, UnusableBackup } from '../../procedures/manifest.ts'
import { imageOf } from '../../procedures/platform.ts'
import type { ChosenBackup, ChosenRelease, Site } from '../../procedures/script/site.ts'
import { everyService } from '../../procedures/script/values.ts'
import type { ReleaseSpec } from '../../targets/schema.ts'
import type { Answers } from './ask.ts'

const SHOWN_BACKUPS = 5

/** Directory of the backup that was asked for: the newest, a name in the target's folder, or a whole path. @throws UsageError where there is none */
export function directoryOf(given: string, { backups }: Pick<Answers, 'backups'>, folder: string): string {
  if (given.startsWith('/')) return given.replace(/\/+$/, '')
  const known = backups.filter((name) => backupTime(name) !== undefined).toSorted()
  const name = given === 'newest' ? known.at(-1) : given
  if (name === undefined) throw new UsageError(`--backup: ${folder} holds no backup; a rollback needs one`)
  if (!known.includes(name))
    throw new UsageError(
      `--backup: there is no ${name} in ${folder}; the newest there: ${known.slice(-SHOWN_BACKUPS).toReversed().join(', ') || 'none'}`,
    )
  return `${folder}/${name}`
}

/** The backup with its manifest, and how each of its images is called on the host. @throws UnusableBackup */
export function chooseBackup(directory: string, answers: Answers, site: Site): ChosenBackup {
  const { manifest: found } = answers
  if (found === undefined)
    throw new UnusableBackup(
      `${directory} has no manifest.json that ${site.host.account} can read; without one it is incomplete: choose another one by --backup`,
    )
  const manifest = parseManifest(found.text, directory)
  return {
    directory,
    manifest,
    manifestSha256: found.sha256,
    references: Object.fromEntries(
      Object.entries(manifest.images).map(([service, digest]) => [
        service,
        referenceOf(digest, site.images[service] ?? '', answers),
      ]),
    ),
    losses: [],
  }
}

/** What the reader must know of the choice: other backups, and one that takes no release back. */
export function notesOnBackup({ directory, manifest }: ChosenBackup, answers: Answers, { groups }: Site): string[] {
  const others = answers.backups
    .filter((name) => !directory.endsWith(`/${name}`))
    .toSorted()
    .slice(-SHOWN_BACKUPS)
    .toReversed()
  const own = [...groups.services, ...groups.gateway]
  const isSame = own.every((service) => runs(service, manifest.images[service] ?? '', answers))
  return [
    ...(others.length === 0
      ? []
      : [`other backups on this host, newest first: ${others.join(', ')} (--backup=NAME prints for one of them).`]),
    ...(isSame
      ? [
          'the backup names exactly the images that run now: going back to it takes data back and no release. Make sure that it is the right one.',
        ]
      : []),
  ]
}

function runs(service: string, digest: string, { containers, images }: Answers): boolean {
  const container = containers.find((one) => one.service === service)
  return images.some((image) => image.id === container?.image && (image.id === digest || image.digest === digest))
}

/** The name by which the engine starts an image of that digest: its id, or the name it has at a registry. */
function referenceOf(digest: string, written: string, { images }: Answers): string {
  const named = images.find((image) => image.digest === digest && image.repository !== '')
  // Not every engine takes a name together with an image's own id; the id alone is taken by each.
  if (named === undefined && images.some(({ id }) => id === digest)) return digest
  const repository = named?.repository ?? repositoryOf(written)
  return repository === '' ? digest : `${repository}@${digest}`
}

/** `registry.example.com:5000/name:tag@sha256:…` → `registry.example.com:5000/name`. */
function repositoryOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')
}

/**
 * The image of every service of the project in a release: what the release names, otherwise what the compose file pins, otherwise
 * what runs now. @throws UsageError where that leaves a service without a digest
 */
export function chooseRelease(release: ReleaseSpec, name: string, answers: Answers, site: Site): ChosenRelease {
  const services = everyService(site)
  const once = site.migrations === undefined ? [] : [site.migrations]
  const unknown = Object.keys(release.services).filter((service) => ![...services, ...once].includes(service))
  if (unknown.length > 0)
    throw new UsageError(
      `--release: ${site.composeFile} has no service ${unknown.join(', ')}; it has: ${[...services, ...once].join(', ')}`,
    )
  const found = services.map((service) => [service, pinned(service, release, answers, site)] as const)
  const missing = found.filter(([, reference]) => reference === undefined).map(([service]) => service)
  if (missing.length > 0)
    throw new UsageError(
      `--release: no digest of ${missing.join(', ')}: the release names none, the compose file does not pin the image, and nothing of it runs; give the image as sha256:…`,
    )
  const references = Object.fromEntries(found.map(([service, reference]) => [service, reference ?? '']))
  for (const service of services) imageOf({ name, images: references }, service)
  const migrations = Object.fromEntries(once.flatMap((service) => migrated(service, { release, references, answers, site })))
  return {
    name,
    references: { ...references, ...migrations },
    ...(release.schemaVersion === undefined ? {} : { schemaVersion: release.schemaVersion }),
  }
}

interface Migrating {
  readonly release: ReleaseSpec
  /** Service → image in the release. */
  readonly references: Readonly<Record<string, string>>
  readonly answers: Answers
  readonly site: Site
}

/**
 * The image of the service that migrates: what the release names; where it names none, and the service shares the image of another
 * one of the project, that one's; otherwise the compose file's own stays.
 */
function migrated(service: string, { release, references, answers, site }: Migrating): [string, string][] {
  const reference = pinned(service, release, answers, site)
  if (release.services[service] !== undefined) return reference === undefined ? [] : [[service, reference]]
  const written = site.images[service] ?? ''
  const [shared] = Object.entries(site.images).filter(([other, image]) => other !== service && image === written)
  const used = shared === undefined ? undefined : references[shared[0]]
  return used === undefined ? [] : [[service, used]]
}

function pinned(service: string, release: ReleaseSpec, answers: Answers, site: Site): string | undefined {
  const written = site.images[service] ?? ''
  const wanted = release.services[service]
  if (wanted !== undefined) {
    const digest = /(?:^|@)(sha256:[0-9a-f]{64})$/.exec(wanted)?.[1]
    if (digest === undefined)
      throw new UsageError(
        `--release: ${service} is named by "${wanted}"; a deploy starts images by digest, so give sha256:… or name@sha256:…`,
      )
    if (written.endsWith(`@${digest}`)) return written
    return wanted.includes('@') ? wanted : referenceOf(digest, written, answers)
  }
  if (/@sha256:[0-9a-f]{64}$/.test(written)) return written
  return answers.containers.find((one) => one.service === service)?.image
}
