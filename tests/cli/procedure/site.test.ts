import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Answers } from '../../../src/cli/procedure/ask.ts'
import { chooseBackup, chooseRelease, directoryOf, notesOnBackup } from '../../../src/cli/procedure/choose.ts'
import { groupsOf } from '../../../src/cli/procedure/groups.ts'
import { imageLines } from '../../../src/cli/procedure/image-lines.ts'
import { type Looked, siteOf } from '../../../src/cli/procedure/site.ts'
import type { HostFacts } from '../../../src/host/facts.ts'
import { parseCompose } from '../../../src/probes/compose.ts'
import { backupScript } from '../../../src/procedures/script/backup-script.ts'
import { deployScript } from '../../../src/procedures/script/deploy-script.ts'
import { rollbackScript } from '../../../src/procedures/script/rollback-script.ts'
import type { Site } from '../../../src/procedures/script/site.ts'
import { factsSql, manifestSql } from '../../../src/procedures/script/sql.ts'
import { ANSWERS, MANIFEST, recorded } from './recorded.ts'

const id = (letter: string): string => `sha256:${letter.repeat(64)}`
const LOOKED_AT = new Date('2026-01-02T04:05:06Z')
const site = (more: Partial<Looked> = {}): Site => ({ ...siteOf({ ...recorded(), ...more }), lookedAt: LOOKED_AT })
const NEWEST = '/opt/omninode_bridge/backups/20260102_030405'
const RELEASE = {
  services: { 'hook-receiver': id('9') },
  schemaVersion: '0002',
  reversible: [],
  restoreOnly: [],
  configuration: {},
}

/** A script without what is the same for every host: files of shell functions are named in their place, and statements as well. */
function particulars(script: string): string {
  const folder = 'src/procedures/script/shell'
  const files = readdirSync(folder).map((name) => ({ name, text: readFileSync(`${folder}/${name}`, 'utf8').trimEnd() }))
  const named = files.reduce((text, file) => text.replace(file.text, () => `# (${file.name})`), script)
  return [factsSql, manifestSql].reduce((text, lines) => text.replace(lines.join('\n'), () => '(sql.ts)'), named)
}

describe('the example production target', () => {
  it('is printed for as it was reviewed', async () => {
    const backup = chooseBackup(NEWEST, ANSWERS, site())
    await expect(particulars(rollbackScript(site(), backup))).toMatchFileSnapshot('golden/rollback-prod.sh')
    await expect(particulars(backupScript(site()))).toMatchFileSnapshot('golden/backup-prod.sh')
    await expect(particulars(deployScript(site(), chooseRelease(RELEASE, '2.0.0', ANSWERS, site())))).toMatchFileSnapshot(
      'golden/deploy-prod.sh',
    )
  })

  it('is found with its services in groups, what is needed first', () => {
    expect(site().groups).toEqual({
      infrastructure: ['postgres', 'redis', 'kafka'],
      services: expect.arrayContaining(['hook-receiver', 'model-metrics', 'workflow-coordinator']),
      monitoring: expect.arrayContaining(['prometheus', 'cadvisor']),
      gateway: ['nginx'],
    })
  })

  it('starts each image of the backup by the name that the host knows it by', () => {
    const { references } = chooseBackup(NEWEST, ANSWERS, site())
    expect(references).toMatchObject({
      'hook-receiver': `registry.omninode.test/hook-receiver@${id('3')}`,
      'workflow-coordinator': id('5'),
      // Not on the host: by the repository that the compose file names, so that it can be fetched.
      nginx: `nginx@${id('6')}`,
    })
  })

  it('calls an image that was built here by its own id: not every engine takes a name together with one', () => {
    const images = [...ANSWERS.images, { repository: 'localhost/built', digest: '', id: id('6') }]
    expect(chooseBackup(NEWEST, { ...ANSWERS, images }, site()).references.nginx).toBe(id('6'))
  })

  it('tells of other backups, and of one that takes no release back', () => {
    const backup = chooseBackup(NEWEST, ANSWERS, site())
    expect(notesOnBackup(backup, ANSWERS, site())).toEqual([
      'other backups on this host, newest first: 20260101_030405 (--backup=NAME prints for one of them).',
    ])
    const images = ANSWERS.containers.map(({ image }, index) => ({
      repository: '',
      digest: Object.values(MANIFEST.images)[index] ?? '',
      id: image,
    }))
    expect(notesOnBackup(backup, { ...ANSWERS, images }, site()).at(-1)).toMatch(/names exactly the images that run now/)
  })

  it('is looked for a database, Redis and Kafka in its project, and told of those that run elsewhere', () => {
    const elsewhere = {
      ...ANSWERS,
      containers: ANSWERS.containers.filter(({ service }) => !['postgres', 'redis', 'kafka'].includes(service)),
    }
    const found = site({ answers: elsewhere })
    expect(found.database).toEqual({
      name: 'omninode_bridge',
      user: 'omninode_bridge',
      admin: 'omninode_bridge',
      host: 'db-1.prod.example.com',
      port: 5432,
      ssl: true,
    })
    expect(found).not.toHaveProperty('redis')
    expect(found.notes).toEqual([
      'redis runs outside of this compose project; a backup taken by such a script holds nothing of it.',
      'kafka runs outside of this compose project; a backup taken by such a script holds nothing of it.',
    ])
    expect(site().database.service).toBe('postgres')
  })

  it('is asked at its own gateway where that ends TLS, and else where its names lead', () => {
    expect(new Set(site().doors.map(({ connectTo }) => connectTo))).toEqual(new Set(['']))
    const { spec } = recorded()
    const own = { ...spec, tls: { ...spec.tls, terminatedBy: 'gateway' as const, ca: 'ca.pem' } }
    const found = site({ spec: own })
    expect(found.doors[0]).toMatchObject({
      url: 'https://hooks.omninode.ai/health',
      connectTo: 'hooks.omninode.ai:443:127.0.0.1:443',
      needsKey: false,
    })
    expect(found.ca).toBe('/etc/ssl/certs/omninode/ca-cert.pem')
    expect(found.doors.find(({ service }) => service === 'model-metrics')).toMatchObject({
      url: 'https://metrics.omninode.ai/',
      needsKey: false,
    })
  })

  it('is refused where its host did not tell what is needed', () => {
    const { facts, spec } = recorded()
    const without = (more: object): HostFacts => ({ ...facts, ...more }) as HostFacts
    const missing = { ok: false, reason: 'permission denied', remedy: 'add a line to sudoers', text: '' }
    expect(() => site({ facts: without({ composeFile: missing }) })).toThrow(
      'ssh:deploy@app-1.prod.example.com cannot be looked at: permission denied; add a line to sudoers',
    )
    expect(() =>
      site({
        facts: without({ composeFile: { ok: true, facts: { path: '/c.yml', exists: false, text: '', truncated: false } } }),
      }),
    ).toThrow('/c.yml does not exist')
    expect(() => site({ facts: without({ composeVersion: { ok: true, facts: { version: '', command: '' } } }) })).toThrow(
      'it has no Docker Compose',
    )
    const { compose: _, ...bare } = spec
    expect(() => site({ spec: bare })).toThrow(/needs `compose`: its file, envFile and project/)
  })
})

describe('the lines of images in a compose file', () => {
  it('are those that name an image as plain text', () => {
    const text = `x-a: &a { image: shared }
services:
  plain:
    image: registry.example.com/a:1 # as released
  quoted: { restart: always, image: "b:2" }
  variable: { image: "c:\${TAG}" }
  merged: { <<: *a }
  built: { build: . }
`
    expect(imageLines(text)).toEqual({ plain: { line: 4, text: 'registry.example.com/a:1' }, quoted: { line: 5, text: 'b:2' } })
    expect(imageLines('nonsense')).toEqual({})
  })
})

describe('a choice', () => {
  it('of a backup is the newest, a name, or a directory; a manifest that is none is told', () => {
    expect(directoryOf('newest', ANSWERS, '/b')).toBe('/b/20260102_030405')
    expect(directoryOf('20260101_030405', ANSWERS, '/b')).toBe('/b/20260101_030405')
    expect(directoryOf('/mnt/b/', ANSWERS, '/b')).toBe('/mnt/b')
    expect(() => directoryOf('newest', { backups: [] }, '/b')).toThrow('--backup: /b holds no backup; a rollback needs one')
    expect(() => chooseBackup(NEWEST, { ...ANSWERS, manifest: { text: '{}', sha256: 'x' } }, site())).toThrow(
      /the manifest is not one of runbook-backup@1/,
    )
  })

  it('of a release takes the image of what migrates from the release, or from the service with which it shares it', () => {
    const shared = {
      ...site(),
      migrations: 'migrate',
      images: { ...site().images, migrate: site().images['hook-receiver'] ?? '' },
    }
    const of = (services: Record<string, string>, place: Site) =>
      chooseRelease({ ...RELEASE, services }, '2.0.0', ANSWERS, place).references.migrate
    expect(of(RELEASE.services, shared)).toBe(`registry.omninode.test/hook-receiver@${id('9')}`)
    expect(of({ ...RELEASE.services, migrate: id('f') }, shared)).toMatch(new RegExp(`${id('f')}$`))
    const own = { ...shared, images: { ...shared.images, migrate: 'tools:1' } }
    expect(of(RELEASE.services, own), 'the compose file’s own stays').toBeUndefined()
    const script = deployScript(own, chooseRelease({ ...RELEASE, services: { migrate: id('f') } }, '2.0.0', ANSWERS, own))
    expect(script).toContain(`MIGRATIONS_IMAGE='tools@${id('f')}'`)
    expect(() => of({ nobody: id('8') }, shared)).toThrow(/has no service nobody; it has: .*migrate/)
  })

  it('of a release takes what it names, then what the compose file pins, then what runs', () => {
    const { references } = chooseRelease(RELEASE, '2.0.0', ANSWERS, site())
    expect(references['hook-receiver']).toBe(`registry.omninode.test/hook-receiver@${id('9')}`)
    expect(references.postgres).toMatch(/^postgres:15\.18@sha256:/)
    const unpinned = { ...site(), images: {} }
    expect(
      chooseRelease(RELEASE, '2.0.0', ANSWERS, { ...unpinned, groups: { ...unpinned.groups, monitoring: [] } }).references.kafka,
    ).toBe(id('0'))
    expect(() => chooseRelease(RELEASE, '2.0.0', ANSWERS, unpinned)).toThrow(
      /^--release: no digest of prometheus.*nothing of it runs/,
    )
    const nothing: Answers = { ...ANSWERS, containers: [] }
    expect(() => chooseRelease(RELEASE, '2.0.0', nothing, unpinned)).toThrow(/no digest of .*postgres/)
  })

  it('of groups leaves out what needs a profile and what is run once, and survives a circle', () => {
    const model = parseCompose(`services:
  db: { image: a }
  app: { image: a, depends_on: [db, cache] }
  cache: { image: a, depends_on: [db] }
  web: { image: a, depends_on: [app] }
  outer: { image: a, depends_on: [web] }
  mon: { image: a }
  debug: { image: a, profiles: [debug] }
  migrate: { image: a, depends_on: [db] }
  a: { image: a, depends_on: [b] }
  b: { image: a, depends_on: [a] }
`)
    expect(groupsOf(model, ['app'], ['migrate'])).toEqual({
      infrastructure: ['db', 'cache'],
      services: ['app'],
      monitoring: ['mon', 'a', 'b'],
      gateway: ['web', 'outer'],
    })
  })
})
