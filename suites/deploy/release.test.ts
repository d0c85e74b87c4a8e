import { check } from '../../src/check.ts'
import { NotApplicable } from '../../src/outcome.ts'
import { http } from '../../src/probes/http.ts'
import { composeName, projectContainers } from '../support/containers.ts'
import { healthRequest, serviceRequest } from '../support/endpoint.ts'
import { healthOf } from '../support/health.ts'
import { appliedMigrations, versions } from '../support/migrations.ts'
import { expectedRelease, isDigest, runsImage } from '../support/release.ts'

check(
  'DEP-20',
  'The release is whole: every container of every service runs the image that the release names for it.',
  projectContainers,
  (containers, judging) => {
    const { target, expect } = judging
    const { services } = expectedRelease(judging)
    // What migrates the schema is run once, and leaves no container behind.
    const lasting = Object.entries(services).filter(([service]) => service !== target.spec.compose?.migrations)
    const problems = lasting.flatMap(([service, wanted]) => {
      const own = containers.filter((container) => container.service === composeName(target, service))
      if (own.length === 0) return [`${service} has no container`]
      const others = own.filter((container) => !runsImage(container, wanted))
      return others.map(({ name, image, digests }) => `${name} runs ${image} (${digests[0] ?? 'no digest'}), not ${wanted}`)
    })
    expect(Object.keys(services), 'services that the release names').not.toEqual([])
    expect(problems, 'containers that are not of the release').toEqual([])
  },
)

check(
  'DEP-21',
  'Every service whose health endpoint tells a version tells the version of the release.',
  (target) => {
    const wanted = Object.entries(target.spec.release?.services ?? {}).filter(([, version]) => !isDigest(version))
    const services = target.services.filter(({ name }) => wanted.some(([service]) => service === name))
    if (services.length === 0) throw new NotApplicable('the release names no service by a version; DEP-20 compares the digests')
    return Object.fromEntries(
      services.map((service) => [service.name, http({ ...serviceRequest(service), ...healthRequest(service) })]),
    )
  },
  (answers, judging) => {
    const { expect, unobserved } = judging
    const release = expectedRelease(judging)
    const told = Object.entries(answers).flatMap(([service, answer]) => {
      const version = healthOf(answer)?.version
      return version === undefined ? [] : [[service, version] as const]
    })
    if (told.length === 0)
      unobserved({ id: 'release:no-version', text: 'no health endpoint tells a version; name the release by digests' })
    const others = told.filter(([service, version]) => version !== release.services[service])
    expect(
      others.map(([service, version]) => `${service} is ${version}, not ${release.services[service]}`),
      'services of another version',
    ).toEqual([])
  },
)

check(
  'DEP-22',
  'The newest migration that the database lists is the schema version of the release.',
  appliedMigrations,
  (answer, judging) => {
    const { target, expect, unobserved } = judging
    const wanted = target.spec.release?.schemaVersion ?? target.spec.expect.migrations
    if (wanted === undefined)
      unobserved({
        id: 'release:no-schema-version',
        text: 'nobody said which schema version the release expects; add release.schemaVersion',
      })
    expect(versions(answer, judging).at(-1), 'schema version of the database').toBe(wanted)
  },
)

check(
  'DEP-23',
  'Every migration that the database lists is declared by the release, as one that can be taken back or as restore-only.',
  appliedMigrations,
  (answer, judging) => {
    const { reversible, restoreOnly } = expectedRelease(judging)
    const declared = new Set([...reversible, ...restoreOnly])
    const both = reversible.filter((version) => restoreOnly.includes(version))
    const undeclared = versions(answer, judging).filter((version) => !declared.has(version))
    judging.expect(undeclared, 'migrations of which nobody said how to leave them').toEqual([])
    judging.expect(both, 'migrations that are declared as both').toEqual([])
  },
)
