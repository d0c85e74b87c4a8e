import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { testCatalogue } from './support/catalogue.ts'

describe('planPart', () => {
  it('names equal inputs equally, wherever they lie', async () => {
    await using one = await testCatalogue()
    await using other = await testCatalogue()
    expect(await one.standInNames('store')).toEqual(await other.standInNames('store'))
  })

  it.each([
    ['a file of the stand-in', 'fixtures/images/store/stand-in/start', 'store'],
    ['the base', 'fixtures/images/base/Dockerfile', 'store'],
    ['a file of the project that the image copies', 'app/main.ts', 'app'],
  ])('names a stand-in anew when %s changes', async (_, file, part) => {
    await using project = await testCatalogue()
    const before = await project.standInNames(part)
    await writeFile(path.join(project.root, file), 'changed\n')
    expect((await project.standInNames(part)).standIn).not.toBe(before.standIn)
  })

  it('names a stand-in anew when a file becomes executable', async () => {
    await using project = await testCatalogue()
    const before = await project.standInNames('app')
    await chmod(path.join(project.root, 'app/main.ts'), 0o755)
    expect((await project.standInNames('app')).standIn).not.toBe(before.standIn)
  })

  it('leaves the others their names', async () => {
    await using project = await testCatalogue()
    const before = await project.standInNames('store')
    await writeFile(path.join(project.root, 'app/main.ts'), 'changed\n')
    expect(await project.standInNames('store')).toEqual(before)
  })
})
