import { describe, expect, it } from 'vitest'
import { schemaFiles } from '../../src/docs/schemas.ts'

const parsed = (file: string, defaults: unknown): { required?: string[]; properties: Record<string, { required?: string[] }> } =>
  JSON.parse(schemaFiles(defaults)[file] ?? '')

describe('schemaFiles', () => {
  it('exports what a run reads and what it writes', () => {
    expect(Object.keys(schemaFiles({}))).toEqual([
      'schemas/report.schema.json',
      'schemas/falsification.schema.json',
      'schemas/target.schema.json',
      'schemas/target-group.schema.json',
      'schemas/matrix.schema.json',
      'schemas/attestations.schema.json',
      'schemas/waivers.schema.json',
    ])
  })

  it('asks of a target file only what the defaults do not say', () => {
    const bare = parsed('schemas/target.schema.json', {})
    expect(bare.required).toEqual(expect.arrayContaining(['name', 'environment', 'paths', 'recovery']))
    const eased = parsed('schemas/target.schema.json', { paths: { secrets: '/x' }, recovery: { rtoMinutes: 1, rpoMinutes: 1 } })
    expect(eased.required).not.toContain('paths')
    expect(eased.properties.paths?.required).not.toContain('secrets')
    expect(eased.properties.paths?.required).toContain('keys')
    expect(eased.properties.recovery?.required).not.toContain('rtoMinutes')
  })

  it('eases the entries of a record as well', () => {
    const schema = JSON.stringify(
      parsed('schemas/target.schema.json', { services: { a: { url: 'http://a', health: '/' } } }).properties.services,
    )
    expect(schema).not.toContain('"required"')
  })
})
