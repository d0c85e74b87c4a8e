import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyConfiguration, restoreConfiguration } from '../../src/procedures/configuration.ts'
import type { Manifest } from '../../src/procedures/manifest.ts'

describe('configuration', () => {
  let root: string
  let backup: string
  let manifest: Manifest
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'test-configuration-'))
    backup = path.join(root, 'backup')
    await mkdir(path.join(root, 'opt/config'), { recursive: true })
    await writeFile(path.join(root, 'opt/.env'), 'A=1\n', { mode: 0o640 })
    await writeFile(path.join(root, 'opt/config/one.yml'), 'one\n', { mode: 0o600 })
    const wanted = ['/opt/.env', '/opt/config/one.yml'].map((original) => ({ source: path.join(root, original), original }))
    const copied = await copyConfiguration(backup, wanted)
    manifest = { ...copied, configurationFolders: ['/opt/config'] } as unknown as Manifest
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  const text = (file: string) => readFile(path.join(root, file), 'utf8')

  it('comes back with content and mode, and what was added since is moved aside', async () => {
    await writeFile(path.join(root, 'opt/.env'), 'A=2\n')
    await chmod(path.join(root, 'opt/.env'), 0o666)
    await rm(path.join(root, 'opt/config/one.yml'))
    await writeFile(path.join(root, 'opt/config/added.yml'), 'added\n')
    await restoreConfiguration(backup, manifest, root)
    expect(await text('opt/.env')).toBe('A=1\n')
    expect((await stat(path.join(root, 'opt/.env'))).mode & 0o777).toBe(0o640)
    expect(await text('opt/config/one.yml')).toBe('one\n')
    expect((await readdir(path.join(root, 'opt/config'))).toSorted()).toEqual(['added.yml.after-rollback', 'one.yml'])
    await restoreConfiguration(backup, manifest, root)
    expect((await readdir(path.join(root, 'opt/config'))).toSorted(), 'run again').toEqual([
      'added.yml.after-rollback',
      'one.yml',
    ])
  })

  it('whose copy was altered is not put back, not even the part that is good', async () => {
    await writeFile(path.join(root, 'opt/.env'), 'A=2\n')
    await writeFile(path.join(backup, 'config/opt/config/one.yml'), 'two\n')
    await expect(restoreConfiguration(backup, manifest, root)).rejects.toThrow(/one\.yml was altered/)
    expect(await text('opt/.env')).toBe('A=2\n')
  })
})
