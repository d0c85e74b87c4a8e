import { check } from '../../src/check.ts'
import { parseEnvFile } from '../../src/host/env-file.ts'
import { promised } from '../../src/probe.ts'
import { hostFact } from '../../src/probes/host.ts'
import { http } from '../../src/probes/http.ts'
import type { Target } from '../../src/targets/target.ts'
import { composeName, deployedCompose, expectedServices, projectContainers, runningProblems } from '../support/containers.ts'
import { healthRequest, serviceRequest } from '../support/endpoint.ts'
import { healthOf, healthProblems, unhealthyDependencies } from '../support/health.ts'
import { interpolatedEnvironment } from '../support/interpolated-environment.ts'

/** The health of a service at its inner address, where no gateway stands between. */
function innerHealth(target: Target, name: string) {
  const service = target.service(name)
  return http({ ...serviceRequest(service), ...healthRequest(service) })
}

check(
  'DEP-60',
  'A container of every service of the product runs and is healthy.',
  projectContainers,
  (containers, { target, expect }) => {
    const wanted = target.services.map(({ name }) => composeName(target, name))
    expect(wanted, 'services of the product').not.toEqual([])
    expect(runningProblems(wanted, containers), 'services that do not run as they should').toEqual([])
  },
)

check(
  'DEP-61',
  'No container of the project has restarted since it was started.',
  projectContainers,
  (containers, { expect }) => {
    const restarted = containers.filter(({ restartCount }) => restartCount > 0)
    expect(containers.length, 'containers of the project').toBeGreaterThan(0)
    expect(
      restarted.map(({ name, restartCount, exitCode }) => `${name}: ${restartCount} times, last exit code ${exitCode}`),
      'containers that restarted',
    ).toEqual([])
  },
)

check(
  'DEP-62',
  'Every service runs in the environment that the environment file and the compose file say.',
  (target) => ({
    containers: projectContainers(target),
    compose: deployedCompose(target),
    file: hostFact(target, 'services', 'envFile'),
  }),
  ({ containers, compose, file }, { target, expect }) => {
    const { values } = parseEnvFile(file.text)
    const problems = target.services.flatMap(({ name }) => {
      const service = compose.services.find((candidate) => candidate.name === composeName(target, name))
      if (service === undefined) return [`the compose file does not run ${name}`]
      const wanted = interpolatedEnvironment(service, values)
      const own = containers.filter((container) => container.service === service.name)
      if (own.length === 0) return [`${name} has no container`]
      return own.flatMap((container) => differences(container.name, wanted, container.environment, container.environmentNames))
    })
    expect(values.size, `assignments in ${file.path}`).toBeGreaterThan(0)
    expect(problems, 'variables that differ from the files').toEqual([])
  },
)

/** Values are compared where they may be shown; of the others only whether they are set. */
function differences(
  container: string,
  wanted: ReadonlyMap<string, string>,
  shown: Readonly<Record<string, string>>,
  set: readonly string[],
): string[] {
  return [...wanted].flatMap(([name, value]) => {
    if (!set.includes(name)) return [`${container} lacks ${name}`]
    const found = shown[name]
    return found === undefined || found === value ? [] : [`${container} has ${name}=${found}, the files say ${value}`]
  })
}

check(
  'DEP-63',
  'Every container of the project runs within a limit of memory and of processor time.',
  projectContainers,
  (containers, { expect }) => {
    const problems = containers.flatMap(({ name, memoryLimit, cpuLimit }) => [
      ...(memoryLimit > 0 ? [] : [`${name} may use all memory`]),
      ...(cpuLimit > 0 ? [] : [`${name} may use all processors`]),
    ])
    expect(containers.length, 'containers of the project').toBeGreaterThan(0)
    expect(problems, 'containers without limits').toEqual([])
  },
)

check(
  'DEP-64',
  'No container of the project is privileged, has added capabilities, holds the engine’s socket, or shares the host’s processes or network, except those that the target file allows.',
  projectContainers,
  (containers, { target, expect }) => {
    const problems = containers
      .filter(({ service }) => !target.spec.expect.hostAccess.includes(service))
      .flatMap(({ name, isPrivileged, capabilities, pidMode, networkMode, mounts }) => [
        ...(isPrivileged ? [`${name} is privileged`] : []),
        ...capabilities.map((capability) => `${name} has the capability ${capability}`),
        ...(pidMode === 'host' ? [`${name} sees the host’s processes`] : []),
        ...(networkMode === 'host' ? [`${name} shares the host’s network`] : []),
        ...(mounts.some(({ source }) => source.endsWith('docker.sock')) ? [`${name} holds the socket of the engine`] : []),
      ])
    expect(containers.length, 'containers of the project').toBeGreaterThan(0)
    expect(problems, 'containers with power over the host').toEqual([])
  },
)

check(
  'DEP-65',
  'Every container of the project logs by json-file, in files of at most 10 MB of which three are kept.',
  projectContainers,
  (containers, { expect }) => {
    const problems = containers.flatMap(({ name, logDriver, logOptions }) => {
      const wanted = { driver: 'json-file', size: '10m', files: '3' }
      const found = { driver: logDriver, size: logOptions['max-size'] ?? 'unlimited', files: logOptions['max-file'] ?? '1' }
      return JSON.stringify(found) === JSON.stringify(wanted) ? [] : [`${name}: ${found.driver}, ${found.size} × ${found.files}`]
    })
    expect(containers.length, 'containers of the project').toBeGreaterThan(0)
    expect(problems, 'containers that log otherwise').toEqual([])
  },
)

check(
  'DEP-66',
  'hook-receiver answers its health endpoint at its inner address with status 200 and says that it is healthy.',
  (target) => promised(innerHealth(target, 'hook-receiver')),
  (answer, { expect }) => expect(healthProblems(answer), 'what keeps hook-receiver from being healthy').toEqual([]),
)

check(
  'DEP-67',
  'model-metrics answers its health endpoint at its inner address, asked with the API key, with status 200 and says that it is healthy.',
  (target) => promised(innerHealth(target, 'model-metrics')),
  (answer, { expect }) => expect(healthProblems(answer), 'what keeps model-metrics from being healthy').toEqual([]),
)

check(
  'DEP-68',
  'workflow-coordinator answers its health endpoint at its inner address with status 200 and says that it is healthy.',
  (target) => promised(innerHealth(target, 'workflow-coordinator')),
  (answer, { expect }) => expect(healthProblems(answer), 'what keeps workflow-coordinator from being healthy').toEqual([]),
)

check(
  'DEP-69',
  'hook-receiver reaches the database and the event bus by its own account.',
  (target) => innerHealth(target, 'hook-receiver'),
  (answer, { expect }) => {
    const health = healthOf(answer)
    const named = Object.keys(health?.dependencies ?? {})
    const missing = ['postgres', 'kafka'].filter((name) => !named.includes(name)).map((name) => `${name} is not named`)
    const problems = [...missing, ...(health === undefined ? [] : unhealthyDependencies(health))]
    expect(problems, 'dependencies that are missing or not healthy').toEqual([])
  },
)

check(
  'DEP-70',
  'Every container was started after the ones on which its service depends.',
  (target) => ({ containers: projectContainers(target), compose: deployedCompose(target) }),
  ({ containers, compose }, { expect }) => {
    const startOf = new Map(containers.map(({ service, startedAt }) => [service, Date.parse(startedAt)]))
    const early = compose.services.flatMap(({ name, dependsOn }) => {
      const own = startOf.get(name)
      const later = Object.keys(dependsOn).filter((other) => own !== undefined && own < (startOf.get(other) ?? 0))
      return later.map((other) => `${name} was started before ${other}`)
    })
    expect(containers.length, 'containers of the project').toBeGreaterThan(0)
    expect(compose.problems, 'what is wrong with the compose file').toEqual([])
    expect(early, 'containers that were started too early').toEqual([])
  },
)

check(
  'DEP-71',
  'The compose file lets every service of the product wait until what it depends on is healthy.',
  deployedCompose,
  ({ services }, { target, expect }) => {
    const problems = target.services.flatMap(({ name }) => {
      const service = services.find((candidate) => candidate.name === composeName(target, name))
      if (service === undefined) return [`the compose file does not run ${name}`]
      const waits = Object.entries(service.dependsOn)
      if (waits.length === 0) return [`${name} waits for nothing`]
      return waits
        .filter(([, condition]) => condition === 'service_started')
        .map(([other]) => `${name} does not wait for ${other} to be healthy`)
    })
    expect(target.services.length, 'services of the product').toBeGreaterThan(0)
    expect(problems, 'services that start before what they need').toEqual([])
  },
)

check(
  'DEP-72',
  'Every service that the compose file runs has a running container, and the project has no container besides.',
  (target) => ({ containers: projectContainers(target), compose: deployedCompose(target) }),
  ({ containers, compose }, { target, expect }) => {
    const wanted = expectedServices(target, compose)
    const missing = wanted.filter((service) => !containers.some((own) => own.service === service && own.status === 'running'))
    const orphans = containers.filter(({ service }) => !compose.services.some(({ name }) => name === service))
    expect(wanted, 'services of the compose file').not.toEqual([])
    expect(missing, 'services without a running container').toEqual([])
    expect(
      orphans.map(({ name }) => name),
      'containers of services that the compose file does not know',
    ).toEqual([])
  },
)
