import { describe, expect, it } from 'vitest'
import { redactWhole } from '../../src/redact/whole.ts'
import { createRedactor } from '../../src/redact.ts'

describe('redacting plain data as a whole', () => {
  const redact = createRedactor(['hunter-2-hunter'])

  it('reaches every text, however deep, and the names of members', () => {
    const found = { containers: { 'svc-hunter-2-hunter': [{ image: 'repo:hunter-2-hunter' }] }, unknown: ['at hunter-2-hunter'] }
    expect(JSON.stringify(redactWhole(found, redact))).not.toContain('hunter')
  })

  it('leaves everything else as it is', () => {
    const plain = { a: 1, b: null, c: undefined, d: true, e: ['sha256:0123'], f: {} }
    expect(redactWhole(plain, redact)).toStrictEqual(plain)
  })
})
