import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Unobserved } from '../../src/outcome.ts'
import { hostChecksums } from '../../src/probes/host-checksums.ts'
import { operatorFile } from '../../src/probes/operator-file.ts'
import { testSession } from '../support/session.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'host-checksums-'))
  mkdirSync(join(root, 'backups/newest/database'), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const template = () =>
  hostChecksums(
    { role: 'services', shell: 'local', address: 'localhost', root, simulated: true, sudo: false },
    'the newest backup',
  )

describe('hostChecksums', () => {
  it('answers the hash of every file that is there, however many', async () => {
    const names = Array.from({ length: 250 }, (_, index) => `database/table ${index}.gz`)
    for (const name of names) writeFileSync(join(root, 'backups/newest', name), name)
    const probe = template().with({ directory: '/backups/newest', paths: [...names, 'missing.gz'] })
    const { value, origin } = await probe.read(testSession())
    expect(Object.keys(value).toSorted()).toEqual(names.toSorted())
    expect(value['database/table 7.gz']).toBe(createHash('sha256').update('database/table 7.gz').digest('hex'))
    expect(origin).toBe('simulated')
    expect(probe.access.operation).toBe(template().access.operation)
  })
})

describe('operatorFile', () => {
  it('reads a file of the operator', async () => {
    writeFileSync(join(root, 'report.json'), '{}')
    expect((await operatorFile(join(root, 'report.json'), { system: 'staging' }).read(testSession())).value).toBe('{}')
  })

  it('cannot look at what is not there, and says what to do', async () => {
    const reading = operatorFile(join(root, 'nowhere.json'), { system: 'staging' }).read(testSession())
    await expect(reading).rejects.toThrow(Unobserved)
    await expect(operatorFile(join(root, 'nowhere.json'), { system: 'staging' }).read(testSession())).rejects.toThrow(
      /put it there/,
    )
  })
})
