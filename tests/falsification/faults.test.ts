import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FAULTS } from '../../fixtures/faults/index.ts'
import type { EmbeddedTarget } from '../../src/targets/embedded/index.ts'
import { openEmbedded } from '../targets/embedded/support.ts'
import { fingerprint } from './support/fingerprint.ts'
import { allChecks } from './support/look.ts'

let opened: { readonly target: EmbeddedTarget; close(): Promise<void> }

beforeAll(async () => {
  opened = await openEmbedded()
})
afterAll(() => opened.close())

describe('the catalogue of faults', () => {
  it('names each fault once', () => {
    const ids = FAULTS.map(({ id }) => id)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })

  it('says for each fault which lines must notice it, and only lines that exist', async () => {
    const known = new Set((await allChecks()).map(({ id }) => id))
    expect(FAULTS.filter(({ expect: { failed } }) => failed.length === 0).map(({ id }) => id)).toEqual([])
    expect(
      FAULTS.flatMap(({ expect: { failed, unobserved } }) => [...failed, ...unobserved]).filter((id) => !known.has(id)),
    ).toEqual([])
  })

  it.each(FAULTS.map((fault) => [fault.id, fault] as const))('%s really lands, and nothing of it stays', async (_, fault) => {
    const { control } = opened.target
    const before = await fingerprint(control)
    const undo = await fault.apply(control)
    const broken = await fingerprint(control)
    await undo()
    expect(await fingerprint(control)).toEqual(before)
    expect(broken).not.toEqual(before)
  })
})
