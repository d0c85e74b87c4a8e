/** One release: which image of each service. Images are named by digest, so that the same name is always the same bytes. */
export interface Release {
  readonly name: string
  /** Service → `sha256:…`. */
  readonly images: Readonly<Record<string, string>>
}

/** What stands between a procedure and the machinery that runs the services: compose on a host, or this process in a rehearsal. */
export interface Platform {
  /** Groups in the order in which they are started. A group may be empty. */
  readonly groups: {
    readonly infrastructure: readonly string[]
    readonly services: readonly string[]
    readonly monitoring: readonly string[]
    readonly gateway: readonly string[]
  }
  /** True where the image lies on the host, so that it starts without a registry. */
  hasImage(digest: string): Promise<boolean>
  /** Brings an image to the host. @throws where it cannot be had. */
  fetchImage(digest: string): Promise<void>
  /** Starts exactly this image; where something else runs, that is replaced; where it runs already, nothing happens. */
  start(service: string, digest: string): Promise<void>
  /** Stops it; nothing happens where it does not run. */
  stop(service: string): Promise<void>
  /** What is wrong with a service, in words; undefined where it is healthy by its own account. */
  ailment(service: string): Promise<string | undefined>
  /** Service → digest of what really runs. */
  running(): Promise<Readonly<Record<string, string>>>
  /** Creates topics and brings the schema to what the release expects; nothing happens where it is there already. */
  migrate(release: Release): Promise<void>
  /** What is wrong as a user would find it, through the front door; undefined where the product works. */
  frontDoorProblem(): Promise<string | undefined>
}

/** Digest of a release's image of a service. @throws where the release has none. */
export function imageOf(release: Release, service: string): string {
  const digest = release.images[service]
  if (digest === undefined) throw new Error(`release ${release.name} has no image of ${service}; its manifest is incomplete`)
  return digest
}

/** The ailments of several services, one sentence; undefined where all are well. */
export async function ailments(platform: Platform, services: readonly string[]): Promise<string | undefined> {
  const found = await Promise.all(services.map(async (service) => ({ service, ailment: await platform.ailment(service) })))
  const ill = found.flatMap(({ service, ailment }) => (ailment === undefined ? [] : [`${service}: ${ailment}`]))
  return ill.length === 0 ? undefined : ill.join('; ')
}

/** Which services run another image than wanted, one sentence; undefined where all run theirs. */
export async function wrongImages(platform: Platform, wanted: Readonly<Record<string, string>>): Promise<string | undefined> {
  const running = await platform.running()
  const wrong = Object.entries(wanted).flatMap(([service, digest]) =>
    running[service] === digest ? [] : [`${service} runs ${running[service] ?? 'not at all'} instead of ${digest}`],
  )
  return wrong.length === 0 ? undefined : wrong.join('; ')
}
