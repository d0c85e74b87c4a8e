import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { UsageError } from '../src/outcome.ts'
import { parseYaml, parseYamlFile, readYaml } from '../src/yaml-file.ts'

const schema = z.strictObject({ name: z.string(), list: z.array(z.strictObject({ port: z.int() })).default([]) })

function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError)
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

describe('parseYaml', () => {
  it('returns the validated value', () => {
    expect(parseYaml('name: a\nlist:\n  - port: 1\n', 'x.yaml', schema)).toEqual({ name: 'a', list: [{ port: 1 }] })
  })

  it('names file, line and key of a wrong type, but never the value', () => {
    const message = messageOf(() => parseYaml('name: a\nlist:\n  - port: hunter2\n', 'x.yaml', schema))
    expect(message).toContain('x.yaml:3: `list[0].port`')
    expect(message).not.toContain('hunter2')
  })

  it('names the line of an unknown key and of the object that lacks a key', () => {
    const message = messageOf(() => parseYaml('list:\n  - port: 1\n    prot: 2\n', 'x.yaml', schema))
    expect(message).toContain('x.yaml:3: unknown key `list[0].prot`')
    expect(message).toContain('x.yaml:1: `name`')
  })

  it.each([
    ['a duplicate key', 'name: a\nname: b\n', 'x.yaml:2: Map keys must be unique'],
    ['an anchor', 'name: a\nlist: &all\n  - port: 1\n', 'x.yaml:2: anchors are not allowed'],
    ['an alias', 'name: &n a\nlist: *n\n', 'x.yaml:2: aliases are not allowed'],
    ['a prototype key', 'name: a\n__proto__: { polluted: true }\n', 'x.yaml:2: the key `__proto__` is not allowed'],
    ['a tag', 'name: !!binary aGk=\n', 'x.yaml:1: Unresolved tag'],
    ['a second document', 'name: a\n---\nname: b\n', 'Source contains multiple documents'],
    ['broken syntax', 'name: [a\n', 'x.yaml:'],
    ['an empty file', '', 'the file: '],
  ])('refuses %s', (_, text, expected) => {
    expect(messageOf(() => parseYaml(text, 'x.yaml', schema))).toContain(expected)
  })

  it('names the form of a union that the writer most probably meant', () => {
    const union = z.strictObject({ limit: z.union([z.number(), z.strictObject({ value: z.number(), owner: z.string() })]) })
    expect(messageOf(() => parseYaml('limit:\n  value: 3\n', 'x.yaml', union))).toContain('x.yaml:1: `limit.owner`')
  })

  it('keeps the places of values for later errors', () => {
    const source = readYaml('name: a\nlist:\n  - port: 1\n  - port: 2\n', 'x.yaml', schema)
    expect(source.place(['list', 1, 'port'])).toBe('x.yaml:4')
    expect(source.place(['list', 7])).toBe('x.yaml:2')
  })
})

describe('parseYamlFile', () => {
  it('says which file of which kind cannot be read', () => {
    const message = messageOf(() => parseYamlFile('/nowhere/waivers.yaml', schema, { what: 'waivers file' }))
    expect(message).toContain('/nowhere/waivers.yaml: cannot read the waivers file: ENOENT')
  })

  it('refuses a file that no person wrote', () => {
    const directory = mkdtempSync(join(tmpdir(), 'yaml-file-'))
    try {
      const file = join(directory, 'big.yaml')
      writeFileSync(file, `name: ${'a'.repeat(1_000_001)}\n`)
      expect(messageOf(() => parseYamlFile(file, schema, { what: 'target file' }))).toContain('at most 1000000')
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
