import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFalsification } from '../../src/report/read-falsification.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'falsification-'))
})
afterAll(() => rm(directory, { recursive: true }))

describe('the last falsification', () => {
  it('is none where nobody falsified, or where its directory is none', async () => {
    expect(await readFalsification(directory)).toBeUndefined()
    expect(await readFalsification(path.join('package.json', 'reports'))).toBeUndefined()
  })

  it.each(['{', '{"schema":"another@1"}'])('is none where its file is not one of ours: %s', async (text) => {
    await writeFile(path.join(directory, 'falsification.json'), text)
    expect(await readFalsification(directory)).toBeUndefined()
  })
})
