import { describe, expect, it } from 'vitest'
import { readCatalogue } from '../../src/images/catalogue.ts'
import { standInContext } from '../../src/images/context.ts'
import { testCatalogue } from './support/catalogue.ts'

describe('the catalogue of this project', () => {
  const { parts } = readCatalogue()

  it('has an image for every part of the stack', () => {
    expect([...parts.keys()].sort()).toEqual([
      'alertmanager',
      'cadvisor',
      'grafana',
      'host',
      'kafka',
      'kafka-exporter',
      'nginx',
      'node-exporter',
      'postgres',
      'postgres-exporter',
      'prometheus',
      'redis',
      'redis-exporter',
      'services',
    ])
  })

  it('pins every upstream image by digest but the one whose digest is not known', () => {
    const unpinned = [...parts.values()].filter(({ upstream }) => upstream.digest === undefined).map(({ part }) => part)
    expect(unpinned).toEqual(['kafka-exporter'])
  })

  it('gives the reference services their packages, and no others', () => {
    const services = parts.get('services')
    if (services?.standIn === undefined) throw new Error('the services have no stand-in')
    const names = standInContext(readCatalogue(), services, services.standIn)
      .files()
      .map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining(['Dockerfile', 'fixtures/services/main.ts', 'node_modules/zod/package.json', 'node']),
    )
    expect(names.filter((name) => name.startsWith('node_modules/vitest/'))).toEqual([])
  })
})

describe('readCatalogue', () => {
  it.each([
    [
      'an unknown key',
      { 'images.yaml': 'base: { suite: bookworm }\nparts: { store: { standin: 1 } }' },
      /images\.yaml:2: .*standin/,
    ],
    [
      'a Dockerfile that begins with something else',
      { 'store/Dockerfile': 'ARG X\nFROM y:1\n' },
      /store\/Dockerfile: expected `FROM/,
    ],
    ['a FROM without a tag', { 'store/Dockerfile': 'FROM store\n' }, /store\/Dockerfile: expected `FROM/],
    [
      'a part with neither stand-in nor reason',
      { 'images.yaml': 'base: { suite: bookworm }\nparts: { panel: {} }' },
      /panel\/stand-in: a part has either/,
    ],
  ])('refuses %s', async (_, changes, message) => {
    await expect(testCatalogue(changes)).rejects.toThrow(message)
  })
})
