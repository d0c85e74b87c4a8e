import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { disown, sweepWorkspaces, writeOwner } from '../../src/cli/workspace-owner.ts'

const name = (digit: string): string =>
  `runbook-${digit.repeat(8)}-${digit.repeat(4)}-${digit.repeat(4)}-${digit.repeat(4)}-${digit.repeat(12)}`

describe('workspaces that were left behind', () => {
  let scratch: string
  beforeEach(async () => {
    scratch = await mkdtemp(path.join(os.tmpdir(), 'workspaces-'))
  })
  afterEach(() => rm(scratch, { recursive: true, force: true }))

  const workspace = async (digit: string, owner?: string): Promise<string> => {
    const directory = path.join(scratch, name(digit))
    await mkdir(path.join(directory, 'host'), { recursive: true })
    if (owner !== undefined) await writeFile(path.join(directory, 'owner'), owner)
    return directory
  }

  it('are removed where their run is gone, and no other', async () => {
    const living = await workspace('1')
    await writeOwner(living)
    const [host, , started] = (await readFile(path.join(living, 'owner'), 'utf8')).split('/')
    const dead = await workspace('2', `${host}/${process.pid}/1${started}`)
    const others = [await workspace('3', `elsewhere/${process.pid}/1`), await workspace('4'), await workspace('5', '')]
    await sweepWorkspaces(scratch)
    expect(existsSync(dead)).toBe(false)
    for (const directory of [living, ...others]) expect(existsSync(directory), directory).toBe(true)
  })

  it('stay where somebody wants to look at them', async () => {
    const kept = await workspace('6', `${os.hostname()}/${process.pid}/1`)
    disown(kept)
    await sweepWorkspaces(scratch)
    expect(existsSync(kept)).toBe(true)
  })

  it('are told apart from what others keep there', async () => {
    const foreign = path.join(scratch, 'runbook-drill-abc')
    await mkdir(foreign)
    await writeFile(path.join(foreign, 'owner'), `${os.hostname()}/${process.pid}/1`)
    await sweepWorkspaces(scratch)
    expect(existsSync(foreign)).toBe(true)
  })
})
