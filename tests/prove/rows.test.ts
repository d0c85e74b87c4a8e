import { describe, expect, it } from 'vitest'
import { concluded, type Row } from '../../src/prove/rows.ts'

const good: Row = { what: 'the host is back', holds: true, detail: '' }
const bad: Row = { what: 'nothing is lost', holds: false, detail: '3 hooks' }

function told(rows: readonly Row[]): { readonly code: number; readonly lines: string[] } {
  const lines: string[] = []
  return { code: concluded(rows, (text) => lines.push(text)), lines }
}

describe('the end of a proof', () => {
  it('is 0 where every row holds', () => {
    expect(told([good])).toEqual({ code: 0, lines: ['', 'holds  the host is back'] })
  })

  it('is 1 where one does not, which says why', () => {
    expect(told([good, bad])).toEqual({
      code: 1,
      lines: ['', 'holds  the host is back', 'DOES NOT HOLD  nothing is lost: 3 hooks'],
    })
  })
})
