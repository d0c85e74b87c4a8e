import type Dockerode from 'dockerode'
import { OWNER_LABEL } from '../../targets/ephemeral/labels.ts'
import { ofRuns } from '../../targets/ephemeral/of-runs.ts'

interface Labelled {
  readonly Labels?: Record<string, string> | null | undefined
}

/** What the engine holds of the runs of one process, such as `container /stack-postgres-1`. */
export interface Held {
  readonly containers: number
  /** All of it, in words. */
  readonly names: readonly string[]
}

/** Looks what containers, networks, images and volumes of that process's runs the engine holds. */
export async function heldBy(docker: Dockerode, pid: number): Promise<Held> {
  const { containers, networks, images, volumes } = await ofRuns(docker)
  const own = <T extends Labelled>(entries: readonly T[]): T[] =>
    entries.filter(({ Labels }) => Labels?.[OWNER_LABEL]?.split('/')[1] === String(pid))
  const found = own(containers)
  return {
    containers: found.length,
    names: [
      ...found.map(({ Names, Id }) => `container ${Names[0] ?? Id}`),
      ...own(networks).map(({ Name }) => `network ${Name}`),
      ...own(images).map(({ Id, RepoTags }) => `image ${RepoTags?.[0] ?? Id}`),
      ...own(volumes).map(({ Name }) => `volume ${Name}`),
    ],
  }
}
