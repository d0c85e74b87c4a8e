import { describe, expect, it } from 'vitest'
import { loadAttestations } from '../../src/attestations.ts'
import { goldenInputs, messageOf } from '../support/sign-off-messages.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const LINES = [
  { id: 'PRE-07', attestedDays: undefined },
  { id: 'MNT-01', attestedDays: 30 },
]
const FOLDER = 'tests/attestations/golden'

describe('an attestations file with a mistake', () => {
  it.each(goldenInputs(FOLDER))('%s is told with file, line, expected, received and what to do', async (name) => {
    const text = messageOf(() => loadAttestations(`${FOLDER}/${name}.yaml.txt`, LINES, NOW))
    expect(text).toMatch(new RegExp(`^${FOLDER}/${name}\\.yaml\\.txt`))
    for (const part of ['\n  expected: ', '\n  to do:    ']) expect(text).toContain(part)
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.txt`)
  })
})
