import type Dockerode from 'dockerode'
import { RUN_LABEL } from './labels.ts'

/** Everything that an engine holds of whatever run, living or dead. */
export async function ofRuns(docker: Dockerode) {
  const filters = { label: [RUN_LABEL] }
  const [containers, networks, images, { Volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listImages({ filters }),
    // Its types want a text where the API wants an object, as of the others.
    docker.listVolumes({ filters: filters as never }),
  ])
  return { containers, networks, images, volumes: Volumes ?? [] }
}
