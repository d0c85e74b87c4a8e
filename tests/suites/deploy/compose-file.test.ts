import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseCompose } from '../../../src/probes/compose.ts'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import '../../../suites/deploy/before.test.ts'
import '../../../suites/deploy/services.test.ts'

const TEXT = readFileSync('fixtures/compose/docker-compose.prod.yml', 'utf8')
const compose = parseCompose(TEXT)
const nothing = parseCompose('')
/** The reference file with one piece of text replaced; the piece must be there. */
const changed = (from: string, to: string) => {
  expect(TEXT).toContain(from)
  return parseCompose(TEXT.replace(from, to))
}
const release = {
  services: { 'hook-receiver': '1.0.0', 'model-metrics': '1.0.0', 'workflow-coordinator': '1.0.0' },
  reversible: [],
  restoreOnly: [],
}

describe('lines on the compose file', () => {
  it.each(['DEP-01', 'DEP-03', 'DEP-07', 'DEP-08', 'DEP-71'])('%s passes on the file of the reference release', async (id) => {
    await judge(id, compose)
  })

  it.each(['DEP-01', 'DEP-03', 'DEP-07', 'DEP-08', 'DEP-71'])('%s fails where there is no file', async (id) => {
    await expect(judge(id, nothing)).rejects.toThrow()
  })

  it.each([
    ['DEP-01', 'secrets: [postgres_password]', 'secrets: [nobodys_password]', /nobodys_password/],
    ['DEP-03', /@sha256:4a06[0-9a-f]*/.exec(TEXT)?.[0] ?? '', '', /postgres: postgres:15/],
    ['DEP-07', 'mem_limit: 4g', 'x-forgotten: 4g', /postgres has no memory limit/],
    ['DEP-07', 'options: { max-size: 10m, max-file: "3" }', 'options: {}', /log without bounds/],
    ['DEP-08', 'mem_limit: 4g', 'privileged: true', /postgres is privileged/],
    ['DEP-08', './data/redis:/data', '/var/run/docker.sock:/var/run/docker.sock', /redis holds the socket/],
    [
      'DEP-71',
      'postgres: { condition: service_healthy }',
      'postgres: { condition: service_started }',
      /does not wait for postgres/,
    ],
  ])('%s fails after %s became %s', async (id, from, to, problem) => {
    expect(await failureOf(judge(id, changed(from, to)))).toMatch(problem)
  })

  it('DEP-08 lets those pass that the target file allows, and no others', async () => {
    const target = testTarget()
    const strict = testTarget({ expect: { ...target.spec.expect, hostAccess: [] } })
    expect(await failureOf(judge('DEP-08', compose, { target: strict }))).toMatch(/node-exporter sees the host’s processes/)
  })

  it('DEP-09 wants every service in the release and in the file', async () => {
    await judge('DEP-09', compose, { target: testTarget({ release }) })
    const partial = testTarget({ release: { ...release, services: { 'hook-receiver': '1.0.0' } } })
    expect(await failureOf(judge('DEP-09', compose, { target: partial }))).toMatch(/does not name model-metrics/)
    expect(await failureOf(judge('DEP-09', nothing, { target: testTarget({ release }) }))).toMatch(/does not run hook-receiver/)
    const newer = testTarget({ release: { ...release, services: { ...release.services, 'model-metrics': '1.0.1' } } })
    expect(await failureOf(judge('DEP-09', compose, { target: newer }))).toMatch(
      /model-metrics:1\.0\.0@sha256:[0-9a-f]+, not in 1\.0\.1/,
    )
    await expect(judge('DEP-09', compose)).rejects.toMatchObject({ name: 'Unobserved' })
  })

  it('take an image without a registry’s digest, which is named by its id alone, for what it is', async () => {
    const id = (letter: string) => `sha256:${letter.repeat(64)}`
    const [image = ''] = /registry\.omninode\.test\/model-metrics:1\.0\.0@sha256:[0-9a-f]{64}/.exec(TEXT) ?? []
    const built = changed(image, id('f'))
    const of = (wanted: string) =>
      judge('DEP-09', built, {
        target: testTarget({ release: { ...release, services: { ...release.services, 'model-metrics': wanted } } }),
      })
    await of(id('f'))
    await of(`registry.omninode.test/model-metrics@${id('f')}`)
    expect(await failureOf(of(id('e')))).toMatch(/model-metrics in sha256:f+, not in sha256:e+/)
    await judge('DEP-03', built)
  })
})

describe('DEP-06, the variables of the compose file', () => {
  const names = compose.variables.map(({ name }) => name)
  const environment = (assigned: readonly string[], path = '/opt/omninode_bridge/.env.production') => ({
    path,
    exists: true,
    text: assigned.map((name) => `${name}=x`).join('\n'),
  })

  it('passes where all are assigned', async () => {
    await judge('DEP-06', { compose, environment: environment(names) })
  })

  it.each([
    ['one is missing', environment(names.slice(1)), names[0] ?? 'none'],
    ['another file is in use', environment(names, '/tmp/env'), 'tmp'],
    ['there is no file', { ...environment([]), exists: false }, 'it is not there'],
  ])('fails where %s', async (_, file, problem) => {
    expect(await failureOf(judge('DEP-06', { compose, environment: file }))).toMatch(problem)
  })

  it('fails where there is no compose file', async () => {
    await expect(judge('DEP-06', { compose: nothing, environment: environment(names) })).rejects.toThrow()
  })
})

describe('DEP-02, the version of Compose', () => {
  const pinned = testTarget({ expect: { ...testTarget().spec.expect, composeVersion: '2.32.4' } })

  it('passes on exactly the pinned one, with or without a v', async () => {
    await judge('DEP-02', { version: 'v2.32.4', command: 'docker compose' }, { target: pinned })
  })

  it.each(['2.33.0', ''])('fails on "%s"', async (version) => {
    await expect(judge('DEP-02', { version, command: 'docker compose' }, { target: pinned })).rejects.toThrow()
  })

  it('is unobserved where nobody pinned it', async () => {
    const judged = judge('DEP-02', { version: '2.32.4', command: 'docker compose' })
    await expect(judged).rejects.toMatchObject({ name: 'Unobserved' })
  })
})
