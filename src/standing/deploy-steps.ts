import { DEPLOY } from '../procedures/outlines.ts'
import type { DeployStep, ReleaseComparison, ReleasedService } from '../report/release-comparison.ts'
import { plural, utc } from '../report/text.ts'
import type { ReleaseQuestion } from './compare-release.ts'
import { isDigest } from './images.ts'

type Found = Pick<DeployStep, 'state' | 'evidence'>
type StepName = (typeof DEPLOY.steps)[number]['name']

/** What the deploy starts before the services, and what after them, by the usual names of such software. */
const GROUPS: readonly (readonly [StepName, RegExp])[] = [
  [
    'infrastructure',
    /^(?:postgres(?:ql)?|timescaledb|pgbouncer|mysql|mariadb|redis|valkey|kafka|zookeeper|redpanda|rabbitmq|nats|consul|vault)(?:$|[-_.\d])(?!.*exporter)/,
  ],
  ['gateway', /^(?:nginx|gateway|traefik|haproxy|envoy|caddy|proxy|apache|httpd)(?:$|[-_.\d])(?!.*exporter)/],
]

/** What is verified is a whole release. */
const NO_CHANGE: readonly StepName[] = ['backup', 'images', 'verify']
const NOT_WHOLE: Found = { state: 'open', evidence: 'the release is not there as a whole' }

/** How each of the eight steps of a deploy stands, from what was found. */
export function deploySteps(
  question: ReleaseQuestion,
  services: readonly ReleasedService[],
  schema: ReleaseComparison['schema'],
): DeployStep[] {
  const group = (name: StepName): Found => groupStanding(services.filter((one) => groupOf(one.service, question) === name))
  const found: Readonly<Record<StepName, () => Found>> = {
    backup: () => backupStanding(question),
    images: () => imagesStanding(question),
    infrastructure: () => group('infrastructure'),
    'topics and schema': () => schemaStanding(question, schema),
    services: () => group('services'),
    monitoring: () => group('monitoring'),
    gateway: () => group('gateway'),
    verify: () => question.verified,
  }
  const steps = DEPLOY.steps.map(({ name }, index) => ({ number: index + 1, name, ...found[name]() }))
  const isWhole = steps.every(({ name, state }) => NO_CHANGE.includes(name) || (state !== 'open' && state !== 'partly'))
  return isWhole ? steps : steps.map((step) => (step.name === 'verify' ? { ...step, ...NOT_WHOLE } : step))
}

function groupOf(service: string, { ownServices, composeName }: ReleaseQuestion): StepName {
  if (ownServices.includes(service)) return 'services'
  return GROUPS.find(([, pattern]) => pattern.test(composeName(service)))?.[0] ?? 'monitoring'
}

/** The backup before the deploy is the one whose images are those of the old release. */
function backupStanding({ found, wanted, previous }: ReleaseQuestion): Found {
  if (found.backup === null) return { state: 'unknown', evidence: 'the newest backup does not tell what ran when it was taken' }
  const { images, takenAt } = found.backup
  const when = `the newest backup, of ${utc(takenAt)},`
  const holds = (release: Readonly<Record<string, string>>): boolean => {
    const named = Object.entries(release).filter(([service, image]) => isDigest(image) && images[service] !== undefined)
    return named.length > 0 && named.every(([service, image]) => image.endsWith(images[service] ?? '?'))
  }
  const [isOld, isNew] = [previous !== undefined && holds(previous.services), holds(wanted.services)]
  if (isOld) return { state: 'done', evidence: `${when} is of the old release` }
  if (isNew) return { state: 'open', evidence: `${when} is of the new release already: it does not lead back to the old one` }
  const why =
    previous === undefined
      ? 'is not of the new release, and nobody told the images of the old one'
      : 'tells images of neither release'
  return { state: 'unknown', evidence: `${when} ${why}` }
}

function imagesStanding({ found, wanted }: ReleaseQuestion): Found {
  const images = Object.entries(wanted.services)
  if (found.stored === null || images.length === 0)
    return { state: 'unknown', evidence: 'nobody could see which images lie on the host' }
  const stored = found.stored
  const has = (image: string): boolean =>
    isDigest(image)
      ? stored.some((one) => one.endsWith(image.slice(image.indexOf('@') + 1)))
      : stored.some((one) => one.endsWith(`:${image}`))
  const absent = images.filter(([, image]) => !has(image)).map(([service]) => service)
  if (absent.length === 0) return { state: 'done', evidence: `every image of the release lies on the host` }
  const state = absent.length === images.length ? 'open' : 'partly'
  return { state, evidence: `not on the host: the ${plural(absent.length, 'image')} of ${absent.join(', ')}` }
}

/** A group has landed when every service of it runs the new image, and is well. */
function groupStanding(services: readonly ReleasedService[]): Found {
  if (services.length === 0) return { state: 'nothing', evidence: 'the release names nothing of it' }
  const unseen = services.filter(({ state }) => state === 'unobserved')
  if (unseen.length > 0) return { state: 'unknown', evidence: `not seen: ${unseen.map(({ service }) => service).join(', ')}` }
  const wrong = services.filter(({ state, note }) => !((state === 'new' || state === 'same') && note === ''))
  const landed = services.filter(({ state }) => state === 'new' || state === 'mixed')
  if (wrong.length > 0) {
    const isOpen = landed.length === 0 && wrong.every(({ state }) => state === 'old' || state === 'missing')
    return { state: isOpen ? 'open' : 'partly', evidence: wrong.map(standingWords).join('; ') }
  }
  if (landed.length === 0) return { state: 'nothing', evidence: 'old and new release are the same here' }
  return { state: 'done', evidence: `${services.map(({ service }) => service).join(', ')}: the new image runs` }
}

const STANDINGS: Readonly<Record<ReleasedService['state'], string>> = {
  new: 'runs the new image',
  old: 'runs the old image',
  same: 'runs the image of both releases',
  mixed: 'runs the old image and the new one side by side',
  unknown: 'runs an image of neither release',
  stopped: 'does not run',
  missing: 'is not there',
  unobserved: 'was not seen',
}

/** `model-metrics runs the old image`, with what is wrong besides. */
export function standingWords({ service, state, previous, note }: ReleasedService): string {
  const standing = state === 'unknown' && previous === null ? 'runs another image than the new one' : STANDINGS[state]
  const words = `${service} ${standing}`
  return note === '' || state === 'missing' ? words : `${words} (${note})`
}

function schemaStanding({ found, topics }: ReleaseQuestion, schema: ReleaseComparison['schema']): Found {
  const missing = found.topics === null ? [] : topics.filter((topic) => !found.topics?.includes(topic))
  const lacking = missing.length === 0 ? '' : `; without the ${missing.length === 1 ? 'topic' : 'topics'} ${missing.join(', ')}`
  if (schema.wanted === null && missing.length === 0)
    return { state: 'unknown', evidence: 'nobody said which schema version the release expects' }
  if (schema.state === 'unobserved') return { state: 'unknown', evidence: `the schema’s version was not seen${lacking}` }
  const at = `the schema is at ${schema.found}`
  if (missing.length > 0) return { state: 'partly', evidence: `${at}${lacking}` }
  if (schema.state === 'same') return { state: 'nothing', evidence: `${at}, as in both releases` }
  if (schema.state === 'new') return { state: 'done', evidence: `${at}, as the new release expects` }
  if (schema.state === 'old') return { state: 'open', evidence: `${at}, as before; the new release expects ${schema.wanted}` }
  return {
    state: 'partly',
    evidence: `${at}; the new release expects ${schema.wanted}${schema.previous === null ? '' : `, the old one ${schema.previous}`}`,
  }
}
