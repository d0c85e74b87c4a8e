import { expect, it } from 'vitest'
import { safeJson } from '../../src/report/json.ts'

it('writes JSON that reads as the same value and steers nothing that prints it', () => {
  const value = { '\u009b31m': ['\u001b[2J', '\u202E', '\u2028', '\u007f', 'é'] }
  const text = safeJson(value)
  expect(text).not.toMatch(/[\0-\x1f\x7f-\x9f\u2028-\u202e]/)
  expect(JSON.parse(text)).toEqual(value)
  expect(safeJson({ a: 1 }, 2)).toBe('{\n  "a": 1\n}')
})
