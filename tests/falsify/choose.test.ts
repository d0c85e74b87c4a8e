import { describe, expect, it } from 'vitest'
import { chooseLines } from '../../src/falsify/choose.ts'
import type { EvaluatedLine } from '../../src/falsify/lines.ts'
import { someFault } from './fault.ts'

const line = (id: string, system: string, loud?: EvaluatedLine['loud']): EvaluatedLine => ({
  id,
  suite: 'preflight',
  systems: [system],
  loud,
})
const others = Array.from({ length: 40 }, (_, index) => line(`O-${index}`, 'dns'))
const lines = [line('H-1', 'host'), line('H-2', 'host'), line('L-1', 'host', 'load'), ...others]
const fault = someFault({ failed: ['H-1'] })

describe('the lines that look at a fault', () => {
  it('are all that it touches, without loud ones, and a few of the others', () => {
    const chosen = chooseLines(fault, lines, { all: false, only: undefined })
    expect(chosen.slice(0, 2)).toEqual(['H-1', 'H-2'])
    expect(chosen).not.toContain('L-1')
    expect(chosen).toHaveLength(2 + 12)
  })

  it('are all quiet ones where that is asked for', () => {
    const chosen = chooseLines(fault, lines, { all: 'quiet', only: undefined })
    expect(chosen).toEqual(lines.map(({ id }) => id).filter((id) => id !== 'L-1'))
    expect(chooseLines(someFault({ failed: ['L-1'] }), lines, { all: 'quiet', only: undefined })).toContain('L-1')
  })

  it('are the same at every run, and others for another fault', () => {
    const chosen = chooseLines(fault, lines, { all: false, only: undefined })
    expect(chooseLines(fault, lines, { all: false, only: undefined })).toEqual(chosen)
    expect(chooseLines({ ...fault, id: 'another' }, lines, { all: false, only: undefined })).not.toEqual(chosen)
  })

  it('hold lines on a host, where the fault leaves hosts alone, in one sample of four only', () => {
    const onHost = (id: string): boolean => {
      const chosen = chooseLines({ ...someFault({ failed: ['O-1'] }), id, touches: ['dns'] }, many, {
        all: false,
        only: undefined,
      })
      return chosen.some((chosenId) => chosenId.startsWith('H-'))
    }
    const many = [...Array.from({ length: 40 }, (_, index) => line(`H-${index}`, 'host')), line('O-1', 'dns')]
    const sampled = Array.from({ length: 400 }, (_, index) => `fault-${index}`).filter(onHost)
    expect(sampled.length).toBeGreaterThan(60)
    expect(sampled.length).toBeLessThan(140)
  })

  it('hold a loud one where the fault names it', () => {
    expect(chooseLines(someFault({ failed: ['L-1'] }), lines, { all: false, only: undefined })).toContain('L-1')
  })

  it('are all lines, or only the ones asked for', () => {
    expect(chooseLines(fault, lines, { all: true, only: undefined })).toHaveLength(lines.length)
    expect(chooseLines(fault, lines, { all: true, only: ['H-2'] })).toEqual(['H-2'])
  })
})
