import { describe, expect, it } from 'vitest'
import { renderHtml } from '../../src/report/html/page.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { reportSchema } from '../../src/report/model.ts'
import { type ReleaseComparison, releaseComparisonSchema } from '../../src/report/release-comparison.ts'
import { endOfRun } from '../../src/report/terminal.ts'
import { compareRelease, type ReleaseQuestion } from '../../src/standing/compare-release.ts'
import { digestOfRunning } from '../../src/standing/images.ts'
import type { FoundContainer, ReleaseFound } from '../../src/standing/release-found.ts'
import { sampleReport } from '../support/sample-report.ts'

const digest = (char: string): string => `sha256:${char.repeat(64)}`
const SERVICES = ['receiver', 'metrics', 'coordinator']
/** The first letters of the images of both releases, and of one that belongs to neither. */
const NEW: Readonly<Record<string, string>> = {
  receiver: digest('a'),
  metrics: digest('b'),
  coordinator: digest('c'),
  nginx: digest('d'),
  prometheus: digest('e'),
  postgres: digest('f'),
}
const OLD: Readonly<Record<string, string>> = {
  ...NEW,
  receiver: digest('1'),
  metrics: digest('2'),
  coordinator: digest('3'),
  nginx: digest('4'),
  prometheus: digest('5'),
}
const OTHER = digest('9')

function container(service: string, image: string, part: Partial<FoundContainer> = {}): FoundContainer {
  return {
    name: `bridge-${service}-1`,
    status: 'running',
    health: 'healthy',
    image: `registry/${service}@${image}`,
    imageId: digest('0'),
    digests: [image],
    ...part,
  }
}

function running(images: Readonly<Record<string, string>>): Record<string, FoundContainer[]> {
  return Object.fromEntries(Object.entries(images).map(([service, image]) => [service, [container(service, image)]]))
}

function found(part: Partial<ReleaseFound> = {}): ReleaseFound {
  return {
    containers: running(NEW),
    stored: Object.entries(NEW).map(([service, image]) => `registry/${service}@${image}`),
    schema: { version: '0002', hash: 'a'.repeat(64) },
    topics: ['events.v1'],
    configuration: {},
    backup: { takenAt: '2026-11-24T10:00:00.000Z', images: OLD },
    wanted: {},
    unknown: [],
    ...part,
  }
}

function landed(part: Partial<ReleaseFound> = {}, question: Partial<ReleaseQuestion> = {}): ReleaseComparison {
  const facts = { schemaHash: null, configuration: {} }
  return releaseComparisonSchema.parse(
    compareRelease({
      found: found(part),
      versions: {},
      wanted: { source: 'release-b.yaml', services: NEW, schemaVersion: '0002', ...facts },
      previous: { source: 'the last accepted run, CHG0041', services: OLD, schemaVersion: '0001', ...facts },
      composeName: (service) => service,
      ownServices: SERVICES,
      topics: ['events.v1'],
      verified: { state: 'done', evidence: 'this run: 180 passed' },
      ...question,
    }),
  )
}

const only = (...services: string[]): Record<string, string> => ({
  ...OLD,
  ...Object.fromEntries(services.map((one) => [one, NEW[one] ?? ''])),
})
const before = { schema: { version: '0001', hash: 'b'.repeat(64) } }

/** Every way in which a deploy can stand, by a name for it. */
const MIXTURES: Readonly<Record<string, () => ReleaseComparison>> = {
  'all of it': () => landed(),
  'all of it, and a line failed': () => landed({}, { verified: { state: 'open', evidence: 'this run: 2 failed · 178 passed' } }),
  'all of it, and the run was not conclusive': () =>
    landed({}, { verified: { state: 'unknown', evidence: 'this run is inconclusive' } }),
  'nothing, not even the images': () => landed({ containers: running(OLD), stored: [], ...before }),
  'some images only': () => landed({ containers: running(OLD), stored: [`registry/receiver@${NEW.receiver}`], ...before }),
  'the images only': () => landed({ containers: running(OLD), ...before }),
  'the schema and nothing else': () => landed({ containers: running(OLD) }),
  'one service of three': () => landed({ containers: running(only('receiver')) }),
  'the services, not monitoring and gateway': () => landed({ containers: running(only(...SERVICES)) }),
  'all but the gateway': () => landed({ containers: running(only(...SERVICES, 'prometheus')) }),
  'the gateway before the services': () => landed({ containers: running(only('nginx')) }),
  'the services before the schema': () => landed({ containers: running(NEW), ...before }),
  'a schema of neither release': () => landed({ schema: { version: '0003', hash: 'c'.repeat(64) } }),
  'no schema version to be seen': () => landed({ schema: null }),
  'a topic is missing': () => landed({ topics: [] }),
  'one service with old and new containers': () =>
    landed({
      containers: {
        ...running(NEW),
        metrics: [container('metrics', NEW.metrics ?? ''), container('metrics', OLD.metrics ?? '', { name: 'bridge-metrics-2' })],
      },
    }),
  'one service with an image of neither release': () => landed({ containers: running({ ...NEW, metrics: OTHER }) }),
  'one service crash-looping on the new image': () =>
    landed({
      containers: {
        ...running(NEW),
        metrics: [container('metrics', NEW.metrics ?? '', { status: 'restarting', health: 'none' })],
      },
    }),
  'one service unhealthy on the new image': () =>
    landed({ containers: { ...running(NEW), metrics: [container('metrics', NEW.metrics ?? '', { health: 'unhealthy' })] } }),
  'one service without a container': () => landed({ containers: { ...running(NEW), metrics: [] } }),
  'the engine cannot be asked': () => landed({ containers: null, stored: null, unknown: ['no answer from the engine'] }),
  'old and new are the same': () =>
    landed({}, { previous: { source: 'CHG0042', services: NEW, schemaVersion: '0002', schemaHash: null, configuration: {} } }),
  'nobody told the old release': () => landed({}, { previous: undefined }),
  'nobody told the old release, and one service is another': () =>
    landed({ containers: running({ ...NEW, metrics: OTHER }) }, { previous: undefined }),
  'a release that names its services only, of which the last has not landed': () =>
    landed(
      { containers: running({ ...OLD, receiver: NEW.receiver ?? '', metrics: NEW.metrics ?? '' }) },
      {
        wanted: {
          source: 'release-b.yaml',
          services: Object.fromEntries(SERVICES.map((service) => [service, NEW[service] ?? ''])),
          schemaVersion: '0002',
          schemaHash: null,
          configuration: {},
        },
      },
    ),
  'the backup is of the new release already': () => landed({ backup: { takenAt: '2026-11-24T10:00:00.000Z', images: NEW } }),
}

describe('how far a deploy got', () => {
  it('is one sentence for every mixture of old and new', async () => {
    const text = Object.entries(MIXTURES).map(([name, mix]) => {
      const { sentence, steps, services } = mix()
      const standing = steps.map(({ number, state }) => `${number} ${state}`).join(', ')
      const running_ = services.map(({ service, state }) => `${service} ${state}`).join(', ')
      return `${name}\n  ${sentence}\n  ${standing}\n  ${running_}\n`
    })
    await expect(text.join('\n')).toMatchFileSnapshot('golden/how-far.txt')
  })

  it('never says landed where a service is not new', () => {
    const choices = [OLD, NEW, { receiver: OTHER, metrics: OTHER, coordinator: OTHER }]
    for (const receiver of choices)
      for (const metrics of choices)
        for (const coordinator of choices) {
          const images = {
            ...NEW,
            receiver: receiver.receiver ?? '',
            metrics: metrics.metrics ?? '',
            coordinator: coordinator.coordinator ?? '',
          }
          const isWhole = SERVICES.every((service) => images[service as keyof typeof images] === NEW[service])
          expect(landed({ containers: running(images) }).sentence.includes('landed as a whole'), JSON.stringify(images)).toBe(
            isWhole,
          )
        }
  })
})

describe('a service', () => {
  it('is known by tag, by digest of the registry, or by the image’s own id', () => {
    const built = container('receiver', '', { image: 'bridge/receiver:1.4.0', digests: [], imageId: NEW.receiver ?? '' })
    const byTag = landed(
      { containers: { ...running(NEW), receiver: [built] } },
      {
        wanted: { source: 'x', services: { receiver: '1.4.0' }, schemaVersion: null, schemaHash: null, configuration: {} },
        previous: undefined,
      },
    )
    expect(byTag.services).toEqual([
      { service: 'receiver', state: 'new', running: [NEW.receiver], wanted: '1.4.0', previous: null, note: '' },
    ])
    expect(landed({ containers: { ...running(NEW), receiver: [built] } }).services[0]?.state).toBe('new')
    expect(digestOfRunning(built)).toBe(NEW.receiver)
  })

  it('is known by what it tells of itself where no container can be seen', () => {
    const told = landed(
      { containers: null, stored: null },
      {
        versions: { receiver: '1.4.0', metrics: '1.3.0', coordinator: '0.9.0' },
        wanted: {
          source: 'x',
          services: { receiver: '1.4.0', metrics: '1.4.0', coordinator: '1.4.0' },
          schemaVersion: null,
          schemaHash: null,
          configuration: {},
        },
        previous: {
          source: 'y',
          services: { receiver: '1.3.0', metrics: '1.3.0', coordinator: '1.3.0' },
          schemaVersion: null,
          schemaHash: null,
          configuration: {},
        },
      },
    )
    expect(told.services.map(({ state }) => state)).toEqual(['new', 'old', 'unknown'])
  })
})

describe('configuration drift', () => {
  const file = 'file /opt/app/docker-compose.yml'
  it('is told against the new release where that knows it, and else against the old one', () => {
    const { configuration } = landed(
      { configuration: { [file]: 'x', 'file /opt/app/.env': 'y', 'compose of receiver': 'z', 'compose of nginx': 'n' } },
      {
        wanted: {
          source: 'w',
          services: NEW,
          schemaVersion: '0002',
          schemaHash: null,
          configuration: { [file]: 'other', 'file /opt/app/gone': 'g' },
        },
        previous: {
          source: 'p',
          services: OLD,
          schemaVersion: '0001',
          schemaHash: null,
          configuration: { [file]: 'x', 'file /opt/app/.env': 'before', 'compose of nginx': 'n' },
        },
      },
    )
    expect(configuration.map(({ what, state, against }) => [what, state, against])).toEqual([
      ['compose of nginx', 'same', 'old'],
      ['compose of receiver', 'unknown', 'nothing'],
      ['file /opt/app/.env', 'changed', 'old'],
      [file, 'changed', 'new'],
      ['file /opt/app/gone', 'unknown', 'new'],
    ])
  })
})

describe('what a reader sees of it', () => {
  const report = sampleReport((sample) => ({
    ...sample,
    checks: [],
    releaseComparison: landed(
      {
        containers: {
          ...running(only('receiver')),
          coordinator: [container('coordinator', OLD.coordinator ?? '', { status: 'exited' })],
        },
        configuration: { 'file /opt/app/docker-compose.yml': 'x' },
        unknown: ['Kafka at 127.0.0.1:9092 gave no answer'],
      },
      {
        previous: {
          source: 'the last accepted run, CHG0041',
          services: OLD,
          schemaVersion: '0001',
          schemaHash: null,
          configuration: { 'file /opt/app/docker-compose.yml': 'y' },
        },
      },
    ),
  }))

  it('is a report', () => {
    expect(reportSchema.parse(report)).toEqual(report)
  })

  it('on a terminal', async () => {
    await expect(endOfRun(report, { colour: false, directory: 'reports/x' })).toMatchFileSnapshot('golden/terminal.txt')
  })

  it('in summary.md', async () => {
    await expect(renderMarkdown(report)).toMatchFileSnapshot('golden/summary.md.txt')
  })

  it('in index.html, as a section and in its head', () => {
    const html = renderHtml(report)
    expect(html).toContain('<section id="release"')
    expect(html.match(/The deploy stopped within step 5 of 8/g)?.length).toBe(2)
    expect(html).toContain('changed since the old release')
  })
})
