import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { namedTargets } from '../../src/targets/group.ts'

let folder = ''
const write = (name: string, text: string): string => {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  return file
}

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'group-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('namedTargets', () => {
  it('takes one name as it is', () => {
    expect(namedTargets('embedded')).toEqual({ names: ['embedded'], atOnce: 8, groups: [] })
  })

  it('takes several, and groups apart, with paths meant from where the group lies', () => {
    const own = write('own.yaml', 'name: own\n')
    const group = write('group.yaml', 'targets: [prod, ./own.yaml]\natOnce: 2\n')
    expect(namedTargets(`embedded,${group}`)).toEqual({ names: ['embedded', 'prod', own], atOnce: 2, groups: [group] })
  })

  it.each([
    ['embedded,prod,embedded', 'embedded is named twice'],
    ['embedded,,prod', 'a name is missing'],
    ['embeded', 'unknown target "embeded", did you mean "embedded"?'],
  ])('refuses %s', (given, message) => {
    expect(() => namedTargets(given)).toThrow(message)
  })

  it('refuses a group in a group, and names the line', () => {
    write('inner.yaml', 'targets: [prod]\n')
    const outer = write('outer.yaml', 'targets:\n  - prod\n  - ./inner.yaml\n')
    expect(() => namedTargets(outer)).toThrow(/outer\.yaml:3: .*inner\.yaml is a group itself/)
  })

  it('refuses keys that a group does not have, and an empty one', () => {
    expect(() => namedTargets(write('a.yaml', 'targets: [prod]\nname: x\n'))).toThrow(/a\.yaml:2: unknown key `name`/)
    expect(() => namedTargets(write('b.yaml', 'targets: []\n'))).toThrow(/b\.yaml:1: `targets`/)
  })
})
