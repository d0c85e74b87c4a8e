import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { amount, duration, excerpt, figure, plural, utc, visible, visibleLine } from '../../src/report/text.ts'

describe('visible', () => {
  it('shows what would steer a terminal or the reading direction', () => {
    expect(visible('a\u001b[2Jb\u202Ec\u0000d\u2028e\ufeff')).toBe('a⟨U+001B⟩[2Jb⟨U+202E⟩c⟨U+0000⟩d⟨U+2028⟩e⟨U+FEFF⟩')
  })

  it('leaves newlines, tabs and ordinary writing of any language', () => {
    expect(visible('ä\tß\r\nעברית 日本語 👩‍💻\n')).toBe('ä\tß\nעברית 日本語 👩‍💻\n')
  })

  it('never lets a control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
        expect(visible(text).isWellFormed()).toBe(true)
        expect(visibleLine(text)).not.toContain('\n')
      }),
    )
  })
})

describe('words for figures', () => {
  it.each([
    [0.42, '0.4 ms'],
    [840.4, '840 ms'],
    [3_240, '3.2 s'],
    [245_000, '4 min 05 s'],
    [7_800_000, '2 h 10 min'],
  ])('says %d milliseconds as %s', (ms, words) => {
    expect(duration(ms)).toBe(words)
  })

  it('says a time in UTC', () => {
    expect(utc('2026-11-24T10:15:00.123Z')).toBe('2026-11-24 10:15:00 UTC')
  })

  it('rounds to three decimals and keeps thousands apart', () => {
    expect([figure(3), figure(0.12345), figure(1_234_567.5), figure(-1_000)]).toEqual(['3', '0.123', '1,234,567.5', '-1,000'])
  })

  it('says bytes in the greatest fitting unit', () => {
    expect([0, 999, 16_218_830, 900_000_000_000].map((bytes) => amount(bytes, 'B'))).toEqual([
      '0 B',
      '999 B',
      '16.2 MB',
      '900 GB',
    ])
    expect(amount(250, 'ms')).toBe('250 ms')
  })

  it('counts', () => {
    expect([plural(1, 'line'), plural(2, 'line'), plural(0, 'line')]).toEqual(['1 line', '2 lines', '0 lines'])
  })
})

describe('excerpt', () => {
  it('keeps a short text', () => {
    expect(excerpt('a\nb', { lines: 2, chars: 10 })).toBe('a\nb')
  })

  it('says how much it leaves out', () => {
    expect(excerpt('a\nb\nc', { lines: 2, chars: 10 })).toBe('a\nb\n… 2 more characters')
    expect(excerpt('abcdef', { lines: 2, chars: 4 })).toBe('abcd\n… 2 more characters')
  })
})
