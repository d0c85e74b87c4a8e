import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadWaivers } from '../../src/waivers.ts'
import { goldenInputs, messageOf } from '../support/sign-off-messages.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const LINES = [
  { id: 'PRE-07', attestedDays: undefined },
  { id: 'PRE-08', attestedDays: undefined },
  { id: 'MNT-01', attestedDays: 30 },
]
const FOLDER = 'tests/waivers/golden'
const message = (file: string): string => messageOf(() => loadWaivers(file, LINES, NOW))

describe('a waivers file with a mistake', () => {
  it.each(goldenInputs(FOLDER))('%s is told with file, line, expected, received and what to do', async (name) => {
    const text = message(`${FOLDER}/${name}.yaml.txt`)
    expect(text).toMatch(new RegExp(`^${FOLDER}/${name}\\.yaml\\.txt`))
    for (const part of ['\n  expected: ', '\n  to do:    ']) expect(text).toContain(part)
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/${name}.txt`)
  })
})

describe('a waivers file that cannot be read', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'waivers-'))
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  const file = (name: string, content?: string | Buffer): string => {
    const full = path.join(directory, name)
    if (content !== undefined) writeFileSync(full, content)
    return full
  }

  it.each([
    ['that is not there', () => file('missing.yaml'), /cannot read the waivers file: ENOENT/],
    ['that is a directory', () => directory, /cannot read the waivers file: it is a directory/],
    ['that is no UTF-8', () => file('latin.yaml', Buffer.from([0x2d, 0x20, 0xe4, 0xff])), /it is not encoded as UTF-8/],
    ['that no person wrote', () => file('huge.yaml', '# x\n'.repeat(300_000)), /has 1200000 bytes; at most 1000000 are read/],
    ['below a file', () => path.join(file('plain', ''), 'w.yaml'), /ENOTDIR/],
  ])('%s', (_, make, why) => {
    const text = message(make())
    expect(text).toMatch(why)
    expect(text).toContain(
      '\n  expected: a list in plain YAML, as in fixtures/waivers.example.yaml\n  received: nothing that can be read\n  to do:    ',
    )
  })

  it.skipIf(process.getuid?.() === 0)('that may not be read (root may read all)', () => {
    const secret = file('secret.yaml', '[]')
    chmodSync(secret, 0o000)
    expect(message(secret)).toMatch(/cannot read the waivers file: EACCES/)
  })

  it('is not shown at length, whatever stands in it', () => {
    const text = message(file('long.yaml', `- check: "${'PRE-*'.repeat(1_000)}"\n`))
    expect(text.split('\n').every((line) => line.length < 300)).toBe(true)
  })
})
