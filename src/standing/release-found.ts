import type { Facts } from '../host/facts.ts'
import type { Access, Probe } from '../probe.ts'
import { type ContainerFacts, composeContainers, type ImageFacts, images } from '../probes/docker.ts'
import { hostFact } from '../probes/host.ts'
import { type KafkaEnd, kafkaEnds } from '../probes/kafka.ts'
import { type LiveSchema, liveSchema } from '../probes/postgres-schema.ts'
import { parseManifest, UnusableBackup } from '../procedures/manifest.ts'
import type { Target } from '../targets/target.ts'
import { type Ask, askedOrUnknown } from './ask.ts'
import { declared } from './declared.ts'
import { digestOfRunning, type NamedImage } from './images.ts'
import { composeKey, fileKey, type ReleaseFacts } from './release-facts.ts'

/** One container of a service, as far as it tells what runs. */
export interface FoundContainer extends NamedImage {
  readonly name: string
  readonly status: string
  readonly health: ContainerFacts['health']
}

/** What is released on a target, as it was found; plain data. Whatever could not be looked at is null. */
export interface ReleaseFound {
  /** Compose service → its containers. */
  readonly containers: Readonly<Record<string, readonly FoundContainer[]>> | null
  /** Every name and digest of the images that lie on the host. */
  readonly stored: readonly string[] | null
  readonly schema: { readonly version: string | null; readonly hash: string } | null
  readonly topics: readonly string[] | null
  readonly configuration: ReleaseFacts['configuration']
  /** Of the newest backup's manifest: when it was taken, and which image of each service ran then. */
  readonly backup: { readonly takenAt: string; readonly images: Readonly<Record<string, string>> } | null
  /** What the services should be, as the started target has it: a disposable one pins what it has started. */
  readonly wanted: Readonly<Record<string, string>>
  readonly unknown: readonly string[]
}

const CONFIG_HASH = 'com.docker.compose.config-hash'
/** The role of the host that holds the compose file and the backups. */
const HOST = 'services'

interface ReleaseProbes {
  readonly containers: Probe<ContainerFacts[]> | undefined
  readonly stored: Probe<ImageFacts[]> | undefined
  readonly schema: Probe<LiveSchema> | undefined
  readonly ends: Probe<KafkaEnd[]> | undefined
  readonly files: readonly Probe<Facts<'composeFile'>>[]
  readonly rules: Probe<Facts<'prometheusRules'>> | undefined
  readonly backups: Probe<Facts<'backups'>> | undefined
}

/** Everything that readRelease may touch on that target: reading only. */
export function releaseAccesses(target: Target): Access[] {
  return Object.values(probesOf(target))
    .flat()
    .flatMap((probe) => (probe === undefined ? [] : [probe.access]))
}

/** What is released there; it never throws for what the target does. */
export async function readRelease(target: Target, ask: Ask): Promise<ReleaseFound> {
  const probes = probesOf(target)
  const unknown: string[] = []
  // A file that is not there is no configuration of this target.
  const absent: string[] = []
  const [containers, stored, schema, ends, rules, backups, ...files] = await Promise.all([
    askedOrUnknown(ask, probes.containers, unknown),
    askedOrUnknown(ask, probes.stored, unknown),
    askedOrUnknown(ask, probes.schema, unknown),
    askedOrUnknown(ask, probes.ends, unknown),
    askedOrUnknown(ask, probes.rules, absent),
    askedOrUnknown(ask, probes.backups, absent),
    ...probes.files.map((probe) => askedOrUnknown(ask, probe, absent)),
  ])
  return {
    containers: containers === undefined ? null : byService(containers),
    stored: stored === undefined ? null : stored.flatMap(({ id, tags, digests }) => [id, ...tags, ...digests]),
    schema: schema === undefined ? null : { version: schema.version, hash: schema.hash },
    topics: ends === undefined ? null : [...new Set(ends.map(({ topic }) => topic))],
    configuration: {
      ...Object.fromEntries((containers ?? []).flatMap(composeHash)),
      ...Object.fromEntries([...files.filter((file) => file !== undefined), ...(rules?.files ?? [])].flatMap(fileHash)),
    },
    backup: backups === undefined ? null : backupOf(backups),
    wanted: { ...target.spec.release?.services },
    unknown,
  }
}

/** The facts that the report keeps of what was found; versions stand for services whose containers cannot be seen. */
export function factsOfFound(found: ReleaseFound, serviceOf: (compose: string) => string): ReleaseFacts {
  const running = Object.entries(found.containers ?? {}).map(([compose, containers]) => {
    const digests = [...new Set(containers.filter(({ status }) => status === 'running').map(digestOfRunning))]
    return [serviceOf(compose), digests.join(' and ') || 'does not run'] as const
  })
  return {
    services: Object.fromEntries(running),
    schemaVersion: found.schema?.version ?? null,
    schemaHash: found.schema === null ? null : `sha256:${found.schema.hash}`,
    configuration: found.configuration,
  }
}

function probesOf(target: Target): ReleaseProbes {
  const { spec } = target
  const has = (part: string): boolean => spec.parts[part] === undefined || spec.parts[part] === 'optional'
  const docker = has('docker') ? spec.docker : undefined
  const { compose, postgres, kafka } = spec
  return {
    containers: docker && compose && composeContainers(docker, { project: compose.project }),
    stored: docker && images(docker),
    schema: has('postgres') ? postgres && liveSchema(postgres) : undefined,
    ends: has('kafka') ? kafka && kafkaEnds(kafka) : undefined,
    files: (['composeFile', 'envFile', 'prometheusConfig'] as const).flatMap(
      (section) => declared(() => hostFact(target, HOST, section)) ?? [],
    ),
    rules: declared(() => hostFact(target, HOST, 'prometheusRules')),
    backups: declared(() => hostFact(target, HOST, 'backups')),
  }
}

function byService(containers: readonly ContainerFacts[]): Record<string, FoundContainer[]> {
  const found = containers.map(({ service, name, status, health, image, imageId, digests }) => ({
    service,
    container: { name, status, health, image, imageId, digests: [...digests] },
  }))
  return Object.fromEntries(
    [...Map.groupBy(found, ({ service }) => service)].map(([service, own]) => [service, own.map(({ container }) => container)]),
  )
}

function composeHash({ service, labels }: ContainerFacts): [string, string][] {
  const hash = labels[CONFIG_HASH]
  return hash === undefined ? [] : [[composeKey(service), hash]]
}

function fileHash({ path, sha256 }: Facts<'composeFile'>): [string, string][] {
  return sha256 === '' ? [] : [[fileKey(path), sha256]]
}

function backupOf({ newestManifest: { path, text } }: Facts<'backups'>): ReleaseFound['backup'] {
  if (text === '') return null
  try {
    const { takenAt, images: ran } = parseManifest(text, path)
    return { takenAt, images: ran }
  } catch (error) {
    // The lines on backups fail on it.
    if (error instanceof UnusableBackup) return null
    throw error
  }
}
