import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { differences, treeOf } from '../../src/falsify/fingerprint.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'tree-'))
  for (const file of ['etc/docker/daemon.json', 'etc/other.conf', 'logs/service.log']) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true })
    await writeFile(path.join(root, file), 'as it was')
  }
})
afterEach(() => rm(root, { recursive: true }))

const WHICH = { left: '/logs/', aged: ['/etc/docker/'] }

it.each(['', '/'])('a tree tells what of it was changed, whatever the name of its root ends with ("%s")', async (end) => {
  const before = await treeOf(`${root}${end}`, WHICH)
  await writeFile(path.join(root, 'etc/other.conf'), 'as it is now')
  await writeFile(path.join(root, 'logs/service.log'), 'grown')
  const changed = differences(before, await treeOf(`${root}${end}`, WHICH))
  expect(changed).toEqual([expect.stringMatching(/^\/etc\/other\.conf: /)])
})

it.each(['', '/'])('the time of a file counts where it says something ("%s")', async (end) => {
  const before = await treeOf(`${root}${end}`, WHICH)
  const longAgo = new Date(Date.now() - 3_600_000)
  for (const file of ['etc/docker/daemon.json', 'etc/other.conf']) await utimes(path.join(root, file), longAgo, longAgo)
  const changed = differences(before, await treeOf(`${root}${end}`, WHICH))
  expect(changed).toEqual([expect.stringMatching(/^\/etc\/docker\/daemon\.json: /)])
})
