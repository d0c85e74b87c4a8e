import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Absence, absenceOf, noEngine } from '../../src/host/absence.ts'
import { collect } from '../../src/host/collect.ts'
import type { SectionName } from '../../src/host/facts.ts'
import { localShell } from '../../src/host/local.ts'
import { healthyTree } from '../support/host-tree.ts'
import { testTarget } from '../support/judging.ts'

const { spec } = testTarget()

/** What a host lacks from which these paths were removed. */
async function lacking(removed: readonly string[], sections: readonly SectionName[]): Promise<(Absence | undefined)[]> {
  await using healthy = await healthyTree()
  for (const path of removed) await rm(join(healthy.tree.root, path), { recursive: true })
  const { facts } = await collect(localShell(), healthy.host, spec, AbortSignal.timeout(20_000))
  return sections.map((section) => absenceOf(section, facts, spec))
}

describe('what a host lacks', () => {
  it('is nothing on a healthy one', async () => {
    const sections: SectionName[] = ['directories', 'envFile', 'secretFiles', 'secretContents', 'certificates', 'keys', 'backups']
    expect(await lacking([], sections)).toEqual(sections.map(() => undefined))
  })

  it('is the very thing, with what to do', async () => {
    const [file, directories] = await lacking([spec.paths.envFile], ['envFile', 'directories'])
    expect(file).toEqual({
      thing: spec.paths.envFile,
      what: `the environment file ${spec.paths.envFile}`,
      state: 'is not there',
      advice: 'put it there, or correct paths.envFile in the target file',
      isAbove: false,
    })
    expect(directories).toBeUndefined()
  })

  it('is the tree where the whole tree is missing, and only the tree’s own line promises that', async () => {
    const below: SectionName[] = ['envFile', 'secretFiles', 'secretContents', 'backups', 'deployLog', 'rollbackLog', 'logs']
    const [tree, ...others] = await lacking([spec.paths.application], ['directories', ...below])
    expect(tree).toMatchObject({ thing: spec.paths.application, isAbove: false })
    expect(others).toEqual(below.map(() => ({ ...tree, isAbove: true })))
  })

  it('is not a log that says by its absence that nothing was rolled back', async () => {
    expect(await lacking([], ['rollbackLog', 'logs', 'machine'])).toEqual([undefined, undefined, undefined])
  })
})

describe('the container engine', () => {
  const engine = {
    ...{ clientVersion: '27.5.1', serverVersion: '27.5.1', loggingDriver: '', storageDriver: '', answer: '', containers: [] },
    ...{ daemonJson: { path: '/etc/docker/daemon.json', exists: true, text: '', modified: 0 }, daemonStarted: null },
  }

  it('is there, silent, or without a client to ask it', () => {
    expect(noEngine(engine)).toBeUndefined()
    const silent = noEngine({ ...engine, serverVersion: '', answer: 'Cannot connect to the Docker daemon' })
    expect(silent).toMatchObject({ state: 'does not answer (Cannot connect to the Docker daemon)' })
    expect(noEngine({ ...engine, serverVersion: '', clientVersion: '' })).toMatchObject({
      state: 'cannot be asked: there is no docker command',
      thing: silent?.thing,
    })
  })
})
