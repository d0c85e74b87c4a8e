import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openShell } from '../../src/host/open.ts'
import type { Shell } from '../../src/host/shell.ts'
import type { Manifest } from '../../src/procedures/manifest.ts'
import type { Platform } from '../../src/procedures/platform.ts'
import { obstacleToRecovery, recoveryProcedure } from '../../src/procedures/recovery.ts'
import { runProcedure } from '../../src/procedures/run.ts'
import { lackingForHost, type WholeHost } from '../../src/procedures/whole-host.ts'
import { hostSchema } from '../../src/targets/schema.ts'
import { MANIFEST } from './script/sample.ts'

const IMAGE = `sha256:${'a'.repeat(64)}`
const whole = (place: string): WholeHost => ({
  composeFile: `${place}/app/compose.yml`,
  envFile: `${place}/app/.env`,
  services: ['postgres', 'receiver'],
  hasKafka: true,
  hasRedis: true,
})

describe('a recovery from backup storage', () => {
  let place: string
  let shell: Shell
  beforeEach(async () => {
    place = mkdtempSync(path.join(tmpdir(), 'test-recovery-'))
    shell = await openShell(hostSchema.parse({}))
  })
  afterEach(async () => {
    await shell.close()
    rmSync(place, { recursive: true })
  })

  /** Writes a backup with these files, each of them one of the configuration where it begins with config/. */
  const stored = (contents: Readonly<Record<string, string>>): Manifest => {
    for (const [file, text] of Object.entries(contents)) {
      mkdirSync(path.dirname(path.join(place, 'backup', file)), { recursive: true })
      writeFileSync(path.join(place, 'backup', file), text)
    }
    const files = Object.entries(contents).map(([file, text]) => ({
      path: file,
      sha256: createHash('sha256').update(text).digest('hex'),
      bytes: text.length,
      contentBytes: text.length,
    }))
    const configuration = files
      .filter(({ path: file }) => file.startsWith('config/'))
      .map(({ path: file }) => ({ path: file, original: file.slice('config'.length), mode: '0640' }))
    return {
      ...MANIFEST,
      files,
      configuration,
      images: { postgres: IMAGE, receiver: IMAGE },
      kafka: { topics: [], log: 'kafka/log.tar.gz' },
      redis: { path: 'redis/dump.rdb', keys: 1 },
    }
  }
  const good = (): Manifest =>
    stored({
      [`config${place}/app/compose.yml`]: 'services: {}\n',
      [`config${place}/app/.env`]: 'A=1\n',
      [`config${place}/app/conf/deep/nginx.conf`]: 'events {}\n',
      'database.dump': 'PGDMP',
    })
  const options = (manifest: Manifest) => ({
    shell,
    backup: path.join(place, 'backup'),
    manifest,
    whole: whole(place),
    signal: AbortSignal.timeout(20_000),
  })

  it('has nothing against a backup that is whole', async () => {
    expect(await obstacleToRecovery(options(good()))).toBeUndefined()
  })

  it.each([
    ['cut short', 'PG', /database\.dump is truncated: it has 2 of 5 bytes/],
    ['altered', 'PGDMQ', /database\.dump was altered/],
  ])('refuses a backup with a file that is %s', async (_what, text, says) => {
    const manifest = good()
    writeFileSync(path.join(place, 'backup/database.dump'), text)
    expect(await obstacleToRecovery(options(manifest))).toMatch(says)
  })

  it('refuses a backup that lacks a file, and names all that is missing', async () => {
    const { kafka: _, redis: __, ...manifest } = good()
    rmSync(path.join(place, 'backup/database.dump'))
    const said = await obstacleToRecovery(options({ ...manifest, configuration: [], images: {} }))
    expect(said?.split('; ').filter((part) => !part.startsWith('choose') && !part.startsWith('find'))).toEqual([
      expect.stringMatching(/does not hold .*compose\.yml, without which nothing can be started$|does not hold/),
      expect.stringMatching(/does not hold .*\.env/),
      expect.stringMatching(/names no image of postgres, receiver/),
      expect.stringMatching(/does not tell which topics/),
      expect.stringMatching(/no snapshot of Redis/),
      'database.dump cannot be read',
    ])
  })

  it('wants the events, and not only how far they had come', () => {
    const manifest = { ...good(), kafka: { topics: [] } }
    expect(lackingForHost(manifest, whole(place))).toEqual([expect.stringMatching(/holds no event, only how far/)])
    expect(lackingForHost(manifest, { ...whole(place), hasKafka: false })).toEqual([])
  })

  it('puts the configuration in its place, then starts what the backup names, in order, and restores before the services', async () => {
    const { kafka: _, redis: __, ...manifest } = good()
    mkdirSync(path.join(place, 'app'))
    chmodSync(path.join(place, 'app'), 0o750)
    const did: string[] = []
    const platform: Platform = {
      groups: { infrastructure: ['postgres'], services: ['receiver'], monitoring: ['prometheus'], gateway: [] },
      hasImage: async () => true,
      fetchImage: async () => undefined,
      start: async (service, digest) => void did.push(`start ${service} ${digest === IMAGE ? '' : digest}`.trim()),
      stop: async () => undefined,
      ailment: async () => undefined,
      running: async () => ({ postgres: IMAGE, receiver: IMAGE, prometheus: IMAGE }),
      migrate: async () => undefined,
      frontDoorProblem: async () => undefined,
    }
    const procedure = recoveryProcedure({
      ...options({ ...manifest, images: { ...manifest.images, prometheus: IMAGE } }),
      whole: { ...whole(place), hasKafka: false, hasRedis: false },
      project: 'p',
      platform,
      makeDatabase: async () => void did.push('make database'),
      rollBack: async () => void did.push('roll back'),
    })
    const { failure, steps } = await runProcedure(procedure, { everyMs: 10 })
    expect(failure).toBeNull()
    expect(did).toEqual(['start postgres', 'make database', 'start prometheus', 'roll back'])
    expect(steps.map(({ name }) => name)).toEqual(procedure.steps.map(({ name }) => name))
    expect(readFileSync(path.join(place, 'app/conf/deep/nginx.conf'), 'utf8')).toBe('events {}\n')
    expect(statSync(path.join(place, 'app/.env')).mode & 0o777).toBe(0o640)
    expect(statSync(path.join(place, 'app/conf/deep')).mode & 0o777).toBe(0o750)
  })

  it('stops before anything where the backup is damaged, and says what to do', async () => {
    const manifest = good()
    writeFileSync(path.join(place, 'backup/database.dump'), 'P')
    const platform = { groups: { infrastructure: [], services: [], monitoring: [], gateway: [] } } as unknown as Platform
    const procedure = recoveryProcedure({
      ...options(manifest),
      project: 'p',
      platform,
      makeDatabase: async () => undefined,
      rollBack: async () => undefined,
    })
    const { failure } = await runProcedure(procedure)
    expect(failure).toMatchObject({
      step: 'check inputs',
      stage: 'precondition',
      message: expect.stringMatching(/is truncated/),
      whenItFails: expect.stringMatching(/nothing was changed; choose an older backup/),
    })
  })
})
