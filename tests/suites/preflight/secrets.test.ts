import { describe, expect, it } from 'vitest'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import '../../../suites/preflight/secrets.test.ts'

const NOW = new Date('2026-06-01T12:00:00Z')
const NAMES = testTarget().spec.names.secrets
const DIRECTORY = '/opt/omninode_bridge/secrets'

const entry = (path: string, more = {}) => ({
  path,
  exists: true,
  type: 'file',
  owner: 'deploy',
  group: 'docker',
  mode: '0600',
  size: 45,
  modified: NOW.getTime() / 1_000 - 86_400,
  ...more,
})
const directory = entry(DIRECTORY, { type: 'directory', mode: '0700' })
const files = (change: (name: string) => object = () => ({})) => NAMES.map((name) => entry(`${DIRECTORY}/${name}`, change(name)))

const secret = (name: string, more = {}) => ({
  name,
  length: 44,
  distinct: 30,
  trailingNewlines: 'one',
  whitespace: false,
  saltedHash: name.padEnd(64, '0'),
  knownDefault: false,
  inProcessArguments: false,
  inProcessEnvironment: false,
  ...more,
})
const contents = (change: (name: string) => object = () => ({})) => ({
  salt: 'salt',
  lacking: null,
  secrets: NAMES.map((name) => secret(name, change(name))),
})
/** One secret differs from the healthy ones. */
const one = (more: object) => (name: string) => (name === 'api_key' ? more : {})

/** How a judge ends that has no secret to judge. */
const noSecret = {
  name: 'Unobserved',
  rootCause: { id: expect.stringMatching(/^unreachable:.*:\/opt\/omninode_bridge\/secrets$/) },
}

describe('the files of the secrets', () => {
  it.each(['PRE-65', 'PRE-66'])('%s passes on healthy ones and fails on none', async (id) => {
    await judge(id, { directory, files: files() }, { now: NOW })
    await failureOf(judge(id, { directory, files: [] }, { now: NOW }))
    await failureOf(judge(id, { directory: { ...directory, exists: false, type: 'none', mode: '' }, files: [] }, { now: NOW }))
  })

  it.each([
    ['PRE-65', { directory, files: files().slice(1) }, 'postgres_password is missing'],
    ['PRE-65', { directory, files: files(one({ size: 0 })) }, 'api_key is empty'],
    ['PRE-65', { directory, files: files(one({ type: 'directory' })) }, 'api_key is a directory'],
    ['PRE-66', { directory, files: files(one({ mode: '0644' })) }, 'everyone to read'],
    ['PRE-66', { directory, files: files(one({ owner: 'nobody' })) }, 'belongs to nobody'],
    ['PRE-66', { directory: { ...directory, mode: '0755' }, files: files() }, 'group to read'],
    ['PRE-66', { directory: { ...directory, mode: '0600' }, files: files() }, 'the owner may enter'],
    ['PRE-73', { directory, files: files(one({ modified: NOW.getTime() / 1_000 - 400 * 86_400 })) }, '400 days ago'],
  ])('%s fails on what is wrong: %#', async (id, answer, words) => {
    expect(await failureOf(judge(id, answer, { now: NOW }))).toContain(words)
  })

  it('PRE-73 passes on healthy ones and is unobserved where there are none', async () => {
    await judge('PRE-73', { directory, files: files() }, { now: NOW })
    await expect(judge('PRE-73', { directory, files: [] }, { now: NOW })).rejects.toMatchObject(noSecret)
  })

  it('PRE-66 lets root own a secret', async () => {
    await judge('PRE-66', { directory, files: files(one({ owner: 'root' })) })
  })
})

describe('what is judged of the secrets', () => {
  const ids = ['PRE-67', 'PRE-68', 'PRE-69', 'PRE-70', 'PRE-71', 'PRE-72']

  it.each(ids)('%s passes on good ones and is unobserved where there are none', async (id) => {
    await judge(id, contents())
    for (const secrets of [[], [secret('notes.txt')]])
      await expect(judge(id, { salt: 'salt', lacking: null, secrets })).rejects.toMatchObject(noSecret)
  })

  it.each([
    ['PRE-67', { length: 20 }, 'api_key has 20 characters'],
    ['PRE-67', { distinct: 3 }, 'api_key has 3 distinct'],
    ['PRE-68', { whitespace: true }, 'api_key holds a blank'],
    ['PRE-68', { trailingNewlines: 'several' }, 'several line ends'],
    ['PRE-69', { knownDefault: true }, 'api_key'],
    ['PRE-70', { saltedHash: 'redis_password'.padEnd(64, '0') }, 'redis_password = api_key'],
    ['PRE-71', { inProcessArguments: true }, 'api_key'],
    ['PRE-72', { inProcessEnvironment: true }, 'api_key'],
  ])('%s fails on one that is bad: %#', async (id, more, words) => {
    expect(await failureOf(judge(id, contents(one(more))))).toContain(words)
  })

  it.each([
    ['PRE-71', { inProcessArguments: null }],
    ['PRE-72', { inProcessEnvironment: null }],
  ])('%s is unobserved where the processes of others are hidden', async (id, more) => {
    await expect(judge(id, contents(one(more)))).rejects.toMatchObject({
      name: 'Unobserved',
      message: expect.stringMatching(/trace processes/),
    })
    const told = { ...contents(one(more)), lacking: 'allow it' }
    await expect(judge(id, told)).rejects.toMatchObject({ name: 'Unobserved', message: expect.stringMatching(/; allow it$/) })
  })
})

describe('the secrets in force', () => {
  const disk = (same: boolean | null) => ({ file: 'api_key', same })

  it('PRE-74 wants the key on disk to be the one that the services accept', async () => {
    const accepted = [
      { status: 200, remoteAddress: 'a' },
      { status: 503, remoteAddress: 'b' },
    ]
    await judge('PRE-74', { disk: disk(true), accepted })
    expect(await failureOf(judge('PRE-74', { disk: disk(false), accepted }))).toContain('the file api_key holds another one')
    expect(await failureOf(judge('PRE-74', { disk: disk(null), accepted }))).toContain('there is no file api_key')
    expect(await failureOf(judge('PRE-74', { disk: disk(true), accepted: [{ status: 401, remoteAddress: 'a' }] }))).toContain(
      'a answered 401',
    )
    await failureOf(judge('PRE-74', { disk: disk(true), accepted: [] }))
  })

  it.each(['PRE-75', 'PRE-76'])('%s wants the password to be accepted', async (id) => {
    await judge(id, { disk: disk(true), login: { accepted: true } })
    const refused = { accepted: false, code: '28P01', message: 'password authentication failed' }
    expect(await failureOf(judge(id, { disk: disk(true), login: refused }))).toContain('28P01')
    await failureOf(judge(id, { disk: disk(false), login: { accepted: true } }))
  })

  it('PRE-77 wants Grafana to accept the administrator', async () => {
    await judge('PRE-77', { disk: disk(true), login: { status: 200 } })
    await failureOf(judge('PRE-77', { disk: disk(true), login: { status: 401 } }))
    await failureOf(judge('PRE-77', { disk: disk(false), login: { status: 200 } }))
  })
})
