import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { copyLocalAuthorities } from '../../src/images/authorities.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'authorities-'))
  await mkdir(path.join(directory, 'to'))
})
afterEach(() => rm(directory, { recursive: true }))

it('copies certificates and nothing else', async () => {
  await mkdir(path.join(directory, 'from'))
  await Promise.all(['site.crt', 'README'].map((name) => writeFile(path.join(directory, 'from', name), name)))
  await copyLocalAuthorities(path.join(directory, 'to'), path.join(directory, 'from'))
  expect(await readdir(path.join(directory, 'to'))).toEqual(['site.crt'])
})

it('copies nothing where a site has added none', async () => {
  await copyLocalAuthorities(path.join(directory, 'to'), path.join(directory, 'from'))
  expect(await readdir(path.join(directory, 'to'))).toEqual([])
})
