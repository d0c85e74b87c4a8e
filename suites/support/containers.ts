import { derived, type Probe } from '../../src/probe.ts'
import { type ComposeModel, composeModel } from '../../src/probes/compose.ts'
import { type ContainerFacts, composeContainers } from '../../src/probes/docker.ts'
import { hostFact } from '../../src/probes/host.ts'
import type { Target } from '../../src/targets/target.ts'
import { ENVIRONMENT_VARIABLES } from './environment-variables.ts'

/** Every container of the target's compose project; of its environment only what the environment file may hold. */
export function projectContainers(target: Target): Probe<ContainerFacts[]> {
  target.requireWhole()
  const docker = target.part('docker')
  const { project } = target.part('compose')
  return composeContainers(docker, { project, showEnvironment: Object.keys(ENVIRONMENT_VARIABLES) })
}

/** The compose file as it lies on the services host. */
export function deployedCompose(target: Target): Probe<ComposeModel> {
  target.requirePart('compose')
  return composeModel(hostFact(target, 'services', 'composeFile'))
}

/** The images of every service of the compose file. */
export function composeImages(target: Target): Probe<readonly string[]> {
  return derived(deployedCompose(target), {
    operation: 'read the images of the compose file',
    pick: ({ services }) => {
      const images = services.map(({ image }) => image).filter((image) => image !== '')
      return { value: images, raw: images.join('\n') }
    },
  })
}

/** The compose services that must run: the target's list, or else every service of the file that needs no profile. */
export function expectedServices(target: Target, compose: ComposeModel): string[] {
  const listed = target.spec.compose?.services ?? []
  if (listed.length > 0) return [...listed]
  return compose.services.filter(({ profiles }) => profiles.length === 0).map(({ name }) => name)
}

/** The compose service that runs a service of the target. */
export function composeName(target: Target, service: string): string {
  return target.spec.services[service]?.container ?? service
}

/** Those of the wanted services of which no container runs, and those whose container is not as it should be, in words. */
export function runningProblems(wanted: readonly string[], containers: readonly ContainerFacts[]): string[] {
  return wanted.flatMap((service) => {
    const own = containers.filter((container) => container.service === service)
    if (own.length === 0) return [`${service} has no container`]
    return own.flatMap((container) => ailment(container) ?? [])
  })
}

function ailment({
  name,
  status,
  isRestarting,
  isOomKilled,
  exitCode,
  health,
  healthOutput,
}: ContainerFacts): string | undefined {
  if (isRestarting) return `${name} is restarting again and again (exit code ${exitCode})`
  if (status !== 'running')
    return `${name} is ${status} (exit code ${exitCode}${isOomKilled ? ', killed for want of memory' : ''})`
  return health === 'healthy' || health === 'none' ? undefined : `${name} is ${health}: ${healthOutput.trim() || 'no output'}`
}
