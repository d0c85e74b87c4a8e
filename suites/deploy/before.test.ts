import { check } from '../../src/check.ts'
import { parseEnvFile } from '../../src/host/env-file.ts'
import { promised } from '../../src/probe.ts'
import type { ContainerFacts } from '../../src/probes/docker-container.ts'
import { imageAvailability } from '../../src/probes/docker-images.ts'
import { hostFact } from '../../src/probes/host.ts'
import { composeImages, composeName, deployedCompose, projectContainers } from '../support/containers.ts'
import { expectedRelease, isImage } from '../support/release.ts'

/** From then on, in milliseconds after its start, the engine itself takes a container that was restarted for one that runs. */
const SETTLED_MS = 10_000

check(
  'DEP-01',
  'The compose file is well-formed: every service names an image and refers to nothing that the file does not define.',
  (target) => promised(deployedCompose(target)),
  ({ problems, services }, { expect }) => {
    expect(problems, 'what is wrong with the compose file').toEqual([])
    expect(services.length, 'services in the compose file').toBeGreaterThan(0)
  },
)

check(
  'DEP-02',
  'Docker Compose on the services host has exactly the version that the target file names.',
  (target) => hostFact(target, 'services', 'composeVersion'),
  ({ version, command }, { target, expect, unobserved }) => {
    const wanted = target.spec.expect.composeVersion
    expect(version, 'version of Docker Compose').not.toBe('')
    if (wanted === undefined) {
      return unobserved({
        id: 'compose:version-not-pinned',
        text: `the target file names no version of Docker Compose; the host has ${version}: add expect.composeVersion`,
      })
    }
    expect(version.replace(/^v/, ''), `version that ${command} tells`).toBe(wanted.replace(/^v/, ''))
  },
)

check('DEP-03', 'The compose file pins every image by its digest.', deployedCompose, ({ services }, { expect }) => {
  const floating = services.filter(({ digest }) => digest === '').map(({ name, image }) => `${name}: ${image || 'no image'}`)
  expect(services.length, 'services in the compose file').toBeGreaterThan(0)
  expect(floating, 'images that may become others by themselves').toEqual([])
})

check(
  'DEP-04',
  'Every image of the compose file lies in the engine of the services host, or can be pulled from its registry.',
  (target) => imageAvailability(target.part('docker'), composeImages(target)),
  (images, { expect }) => {
    const missing = images.filter(({ from }) => from === 'nowhere')
    expect(images.length, 'images of the compose file').toBeGreaterThan(0)
    expect(
      missing.map(({ image, detail }) => `${image}: ${detail}`),
      'images that cannot be had',
    ).toEqual([])
  },
)

check(
  'DEP-05',
  'No container of the project is restarting, dead, or was killed for want of memory.',
  projectContainers,
  (containers, { expect, now }) => {
    // Between two deaths a container runs for a moment, and whoever looks just then must not take it for well.
    const isBackJustNow = ({ restartCount, startedAt }: ContainerFacts): boolean =>
      restartCount > 0 && now.getTime() - Date.parse(startedAt) < SETTLED_MS
    const sick = containers.filter((one) => one.isRestarting || one.isOomKilled || one.status === 'dead' || isBackJustNow(one))
    expect(containers.length, 'containers of the project').toBeGreaterThan(0)
    expect(
      sick.map(({ name, status, exitCode }) => `${name}: ${status}, exit code ${exitCode}`),
      'containers in trouble',
    ).toEqual([])
  },
)

check(
  'DEP-06',
  'The environment file assigns every variable for which the compose file has nothing to fall back to.',
  (target) => ({ compose: deployedCompose(target), environment: hostFact(target, 'services', 'envFile') }),
  ({ compose, environment }, { target, expect }) => {
    expect(environment.exists ? [] : ['it is not there'], `what is wrong with ${environment.path}`).toEqual([])
    const { values } = parseEnvFile(environment.text)
    const missing = compose.variables.filter(({ name, isRequired }) => isRequired && !values.has(name))
    expect(compose.problems, 'what is wrong with the compose file').toEqual([])
    expect(compose.services.length, 'services in the compose file').toBeGreaterThan(0)
    expect(environment.path, 'the environment file that the target is run with').toBe(target.part('compose').envFile)
    expect(
      missing.map(({ name }) => name),
      `variables that ${environment.path} does not assign`,
    ).toEqual([])
  },
)

check(
  'DEP-07',
  'The compose file gives every service a memory limit, a processor limit, a health check unless it is an exporter, and a log of bounded size.',
  deployedCompose,
  ({ services }, { expect }) => {
    const problems = services.flatMap((service) => [
      ...(service.memoryLimit === '' ? [`${service.name} has no memory limit`] : []),
      ...(service.cpuLimit === '' ? [`${service.name} has no processor limit`] : []),
      ...(service.hasHealthCheck || isExporter(service.name) ? [] : [`${service.name} has no health check`]),
      ...(boundsItsLog(service) ? [] : [`${service.name} has a log without bounds`]),
    ])
    expect(services.length, 'services in the compose file').toBeGreaterThan(0)
    expect(problems, 'what the compose file leaves open').toEqual([])
  },
)

function isExporter(name: string): boolean {
  return name.endsWith('-exporter') || name === 'cadvisor'
}

function boundsItsLog({ logDriver, logOptions }: { logDriver: string; logOptions: Readonly<Record<string, string>> }): boolean {
  return logDriver !== '' && (logDriver !== 'json-file' || logOptions['max-size'] !== undefined)
}

check(
  'DEP-08',
  'No service of the compose file is privileged, holds the socket of the engine, or shares the host’s processes or network, except those that the target file allows.',
  deployedCompose,
  ({ services }, { target, expect }) => {
    const problems = services
      .filter(({ name }) => !target.spec.expect.hostAccess.includes(name))
      .flatMap((service) => [
        ...(service.isPrivileged ? [`${service.name} is privileged`] : []),
        ...(service.pidMode === 'host' ? [`${service.name} sees the host’s processes`] : []),
        ...(service.networkMode === 'host' ? [`${service.name} shares the host’s network`] : []),
        ...(service.mounts.some((mount) => mount.endsWith('docker.sock'))
          ? [`${service.name} holds the socket of the engine`]
          : []),
      ])
    expect(services.length, 'services in the compose file').toBeGreaterThan(0)
    expect(problems, 'services with power over the host').toEqual([])
  },
)

check(
  'DEP-09',
  'The compose file runs every service of the product, in the image that the release names for it.',
  deployedCompose,
  (compose, judging) => {
    const { target, expect } = judging
    const release = expectedRelease(judging)
    const problems = target.services.flatMap(({ name }) => {
      const wanted = release.services[name]
      if (wanted === undefined) return [`the release does not name ${name}`]
      const image = compose.services.find((service) => service.name === composeName(target, name))?.image
      if (image === undefined) return [`the compose file does not run ${name}`]
      return isImage(image, wanted) ? [] : [`the compose file runs ${name} in ${image}, not in ${wanted}`]
    })
    expect(target.services.length, 'services of the product').toBeGreaterThan(0)
    expect(problems, 'services that would be left behind').toEqual([])
  },
)
