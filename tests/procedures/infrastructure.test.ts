import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { productInfrastructure } from '../../fixtures/host/product.ts'
import { mergedDaemonJson } from '../../src/procedures/daemon-json.ts'
import { localFiles } from '../../src/procedures/host-files.ts'
import { prepareInfrastructure } from '../../src/procedures/infrastructure.ts'

let root = ''

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'test-infrastructure-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const modeOf = async (path: string): Promise<string> => ((await stat(join(root, path))).mode & 0o7777).toString(8)
const textOf = (path: string): Promise<string> => readFile(join(root, path), 'utf8')
const prepare = (given = {}) => prepareInfrastructure(productInfrastructure('deployer', given), localFiles(root))

describe('the infrastructure procedure', () => {
  it('makes directories, secrets and configuration with their modes, and says what it did without a secret', async () => {
    const done = await prepare()
    expect(done.map(({ step, changed }) => [step, changed])).toEqual([
      ['create the directories', true],
      ['generate the secrets', true],
      ['write the environment file', true],
      ['raise the limits', true],
      ['configure the engine', true],
      ['rotate the logs', true],
    ])
    expect(await modeOf('/opt/omninode_bridge/secrets')).toBe('700')
    expect(await modeOf('/opt/omninode_bridge/secrets/api_key')).toBe('600')
    expect(await textOf('/opt/omninode_bridge/.env.production')).toContain('\nPOOL_SIZE=5\n')
    expect(await textOf('/etc/security/limits.d/90-omninode.conf')).toContain('deployer hard nproc 65536\n')
    const secret = await textOf('/opt/omninode_bridge/secrets/postgres_password')
    expect(secret).toMatch(/^[A-Za-z0-9+/]{43}=$/)
    expect(JSON.stringify(done)).not.toContain(secret)
  })

  it('changes nothing when it runs again', async () => {
    await prepare()
    const secret = await textOf('/opt/omninode_bridge/secrets/api_key')
    const again = await prepare()
    expect(again.filter(({ changed }) => changed)).toEqual([])
    expect(await textOf('/opt/omninode_bridge/secrets/api_key')).toBe(secret)
  })

  it('corrects the mode of a directory that exists', async () => {
    await prepare()
    await rm(join(root, '/opt/omninode_bridge/backups'), { recursive: true })
    const [directories] = await prepare()
    expect(directories).toMatchObject({ changed: true, note: 'made or corrected /opt/omninode_bridge/backups' })
  })

  it('takes over secrets that are known already', async () => {
    await prepare({ secrets: { api_key: 'the one in force' } })
    expect(await textOf('/opt/omninode_bridge/secrets/api_key')).toBe('the one in force')
  })

  it('stops at the step that fails and names it', async () => {
    await prepare()
    await writeFile(join(root, '/etc/docker/daemon.json'), '[not json')
    await expect(prepare()).rejects.toThrow(/^infrastructure: "configure the engine" failed: /)
  })
})

describe('daemon.json', () => {
  it('keeps what others wrote', () => {
    const before = '{"registry-mirrors":["https://mirror.test"],"log-opts":{"labels":"a","max-size":"1g"}}'
    expect(JSON.parse(mergedDaemonJson(before, { 'log-driver': 'json-file', 'log-opts': { 'max-size': '10m' } }))).toEqual({
      'registry-mirrors': ['https://mirror.test'],
      'log-driver': 'json-file',
      'log-opts': { labels: 'a', 'max-size': '10m' },
    })
  })

  it('stays as it is to the byte where nothing differs', () => {
    const before = '{ "storage-driver" : "overlay2" }'
    expect(mergedDaemonJson(before, { 'storage-driver': 'overlay2' })).toBe(before)
  })

  it.each(['', undefined, '  \n'])('begins from nothing where there is nothing (%j)', (before) => {
    expect(JSON.parse(mergedDaemonJson(before, { a: 1 }))).toEqual({ a: 1 })
  })

  it('refuses what is no object', () => {
    expect(() => mergedDaemonJson('[1]', { a: 1 })).toThrow(SyntaxError)
  })
})
