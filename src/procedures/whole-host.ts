import type { Manifest } from './manifest.ts'

/** What a new host is made of beside the machine itself, its secrets and its images. */
export interface WholeHost {
  readonly composeFile: string
  readonly envFile: string
  /** Services of the compose file that must be able to run. */
  readonly services: readonly string[]
  readonly hasKafka: boolean
  readonly hasRedis: boolean
}

/** What a backup lacks for making a whole host of it, each in words that tell what to do; empty where nothing is missing. */
export function lackingForHost(manifest: Manifest, { composeFile, envFile, services, hasKafka, hasRedis }: WholeHost): string[] {
  const held = new Set(manifest.configuration.map(({ original }) => original))
  const files = [composeFile, envFile].filter((file) => !held.has(file))
  const unpinned = services.filter((service) => manifest.images[service] === undefined)
  return [
    ...files.map(
      (file) => `the backup does not hold ${file}, without which nothing can be started; choose an older backup that does`,
    ),
    ...(unpinned.length === 0
      ? []
      : [`the backup names no image of ${unpinned.join(', ')}; find the release's manifest, and deploy it by hand`]),
    ...(hasKafka && manifest.kafka === undefined
      ? ['the backup does not tell which topics there were; choose an older backup that does']
      : []),
    ...(hasKafka && manifest.kafka !== undefined && manifest.kafka.log === undefined
      ? ['the backup holds no event, only how far the topics had come; choose one that holds the broker’s log']
      : []),
    ...(hasRedis && manifest.redis === undefined
      ? ['the backup holds no snapshot of Redis; choose an older backup that does']
      : []),
  ]
}
