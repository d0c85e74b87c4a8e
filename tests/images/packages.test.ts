import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packageDirectories } from '../../src/images/packages.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'packages-'))
})
afterEach(() => rm(root, { recursive: true }))

async function install(directory: string, manifest: object = {}): Promise<void> {
  await mkdir(path.join(root, directory), { recursive: true })
  await writeFile(path.join(root, directory, 'package.json'), JSON.stringify(manifest))
}

describe('packageDirectories', () => {
  it('follows dependencies, the nearest copy first, cycles included', async () => {
    await install('node_modules/a', { dependencies: { b: '1', c: '1' } })
    await install('node_modules/a/node_modules/c')
    await install('node_modules/b', { dependencies: { a: '1', c: '2' } })
    await install('node_modules/c')
    await install('node_modules/unrelated')
    expect(packageDirectories(root, ['a'])).toEqual([
      'node_modules/a',
      'node_modules/a/node_modules/c',
      'node_modules/b',
      'node_modules/c',
    ])
  })

  it('takes optional packages where they are installed', async () => {
    const optionalDependencies = { here: '1', elsewhere: '1' }
    await install('node_modules/a', { dependencies: { ...optionalDependencies }, optionalDependencies })
    await install('node_modules/here')
    expect(packageDirectories(root, ['a'])).toEqual(['node_modules/a', 'node_modules/here'])
  })

  it('names what is needed and not installed', async () => {
    await install('node_modules/a', { dependencies: { gone: '1' } })
    expect(() => packageDirectories(root, ['a'])).toThrow(/npm package gone is not installed; run `npm ci`/)
  })
})
