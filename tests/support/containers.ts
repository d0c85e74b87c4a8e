import { type ContainerFacts, containerFacts } from '../../src/probes/docker-container.ts'
import { recordedContainer } from './docker-engine.ts'

/** A healthy container of a compose service, with what the test wants otherwise. */
export function container(service: string, changes: Partial<ContainerFacts> = {}): ContainerFacts {
  const facts = containerFacts(recordedContainer, [`registry.example.test/${service}@sha256:${'b'.repeat(64)}`], [])
  return { ...facts, name: `bridge-${service}-1`, service, restartCount: 0, environmentNames: [], ...changes }
}

/** One healthy container of each service. */
export function containers(services: readonly string[]): ContainerFacts[] {
  return services.map((service) => container(service))
}
