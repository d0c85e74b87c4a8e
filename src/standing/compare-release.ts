import type { DeployStep, ReleaseComparison, ReleasedService } from '../report/release-comparison.ts'
import { deploySteps } from './deploy-steps.ts'
import { howFar } from './how-far.ts'
import { digestOfRunning, runsImage } from './images.ts'
import type { ReleaseFacts } from './release-facts.ts'
import type { FoundContainer, ReleaseFound } from './release-found.ts'

/** A release as somebody told it, and where that stands. */
export interface ToldRelease extends ReleaseFacts {
  readonly source: string
}

export interface ReleaseQuestion {
  readonly found: ReleaseFound
  /** Service → the version that it tells of itself, where its containers cannot be seen. */
  readonly versions: Readonly<Record<string, string>>
  readonly wanted: ToldRelease
  readonly previous: ToldRelease | undefined
  /** The compose service of a service of the target. */
  readonly composeName: (service: string) => string
  /** The target's own services: what the fifth step of a deploy starts. */
  readonly ownServices: readonly string[]
  /** Topics that must exist. */
  readonly topics: readonly string[]
  /** What this run found of the whole: the eighth step. */
  readonly verified: Pick<DeployStep, 'state' | 'evidence'>
}

/** What has landed of a release, and how far the deploy got. */
export function compareRelease(question: ReleaseQuestion): ReleaseComparison {
  const { found, wanted, previous } = question
  const services = namesOf(question).map((service) => serviceStanding(service, question))
  const schema = schemaStanding(question)
  const steps = deploySteps(question, services, schema)
  return {
    wanted: wanted.source,
    previous: previous?.source ?? null,
    sentence: howFar(steps, services),
    services,
    schema,
    configuration: configurationDrift(question),
    steps,
    unknown: [...found.unknown],
  }
}

function namesOf({ wanted, previous, ownServices }: ReleaseQuestion): string[] {
  const named = new Set([...Object.keys(wanted.services), ...Object.keys(previous?.services ?? {})])
  return [
    ...ownServices.filter((service) => named.has(service)),
    ...[...named].filter((service) => !ownServices.includes(service)).sort(),
  ]
}

function serviceStanding(service: string, question: ReleaseQuestion): ReleasedService {
  const { found, versions, wanted, previous, composeName } = question
  const told = { service, wanted: wanted.services[service] ?? null, previous: previous?.services[service] ?? null }
  if (found.containers === null) return byVersion(told, versions[service])
  const own = found.containers[composeName(service)] ?? []
  const running = own.filter(({ status }) => status === 'running')
  if (own.length === 0) return { ...told, state: 'missing', running: [], note: 'it has no container' }
  if (running.length === 0)
    return { ...told, state: 'stopped', running: [], note: own.map(({ name, status }) => `${name} is ${status}`).join(', ') }
  const state = stateOf(running, told)
  const digests = [...new Set(running.map(digestOfRunning))]
  return { ...told, state, running: digests, note: noteOf(own, running) }
}

type Told = Pick<ReleasedService, 'service' | 'wanted' | 'previous'>

/** Without containers, only what a service tells of itself is known. */
function byVersion(told: Told, version: string | undefined): ReleasedService {
  if (version === undefined) return { ...told, state: 'unobserved', running: [], note: 'nobody could see what runs' }
  const [isNew, isOld] = [version === (told.wanted ?? told.previous), version === told.previous]
  const state = isNew ? (isOld ? 'same' : 'new') : isOld ? 'old' : 'unknown'
  return { ...told, state, running: [version], note: '' }
}

function stateOf(running: readonly FoundContainer[], { wanted, previous }: Told): ReleasedService['state'] {
  const isOld = running.map((container) => previous !== null && runsImage(container, previous))
  // What the new release does not name it leaves as it is.
  const isNew = wanted === null ? isOld : running.map((container) => runsImage(container, wanted))
  if (isNew.every(Boolean)) return isOld.every(Boolean) ? 'same' : 'new'
  if (isOld.every(Boolean)) return 'old'
  return isNew.every((one, index) => one || isOld[index] === true) ? 'mixed' : 'unknown'
}

function noteOf(own: readonly FoundContainer[], running: readonly FoundContainer[]): string {
  const ill = running.filter(({ health }) => health === 'unhealthy' || health === 'starting')
  const stopped = own.filter(({ status }) => status !== 'running')
  return [
    ...ill.map(({ name, health }) => `${name} is ${health}`),
    ...stopped.map(({ name, status }) => `${name} is ${status}`),
  ].join(', ')
}

function schemaStanding({ found, wanted, previous }: ReleaseQuestion): ReleaseComparison['schema'] {
  const told = { wanted: wanted.schemaVersion, previous: previous?.schemaVersion ?? null }
  const version = found.schema?.version ?? null
  if (version === null) return { ...told, found: null, state: 'unobserved' }
  const [isNew, isOld] = [version === told.wanted, version === told.previous]
  return { ...told, found: version, state: isNew ? (isOld ? 'same' : 'new') : isOld ? 'old' : 'unknown' }
}

/** Each configuration against the new release where that tells it, and else against the old one. */
function configurationDrift({ found, wanted, previous }: ReleaseQuestion): ReleaseComparison['configuration'] {
  const keys = new Set([...Object.keys(found.configuration), ...Object.keys(wanted.configuration)])
  return [...keys].sort().map((what) => {
    const now = found.configuration[what] ?? null
    const [expected, against] =
      wanted.configuration[what] !== undefined
        ? ([wanted.configuration[what], 'new'] as const)
        : previous?.configuration[what] !== undefined
          ? ([previous.configuration[what], 'old'] as const)
          : ([null, 'nothing'] as const)
    const state = now === null || expected === null ? 'unknown' : now === expected ? 'same' : 'changed'
    return { what, state, against, found: now, expected }
  })
}
