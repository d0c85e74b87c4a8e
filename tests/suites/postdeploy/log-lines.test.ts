import { describe, expect, it } from 'vitest'
import { errorBurst, isStructured, levelOf } from '../../../suites/support/log-lines.ts'

const line = (text: string, at = 0) => ({ at, text })

describe('levelOf and isStructured', () => {
  it.each([
    ['{"level":"ERROR"}', 'error', true],
    ['{"levelname":"Warning"}', 'warning', true],
    ['{"severity":"critical"}', 'critical', true],
    ['{"message":"no level"}', '', true],
    ['{"level":3}', '', true],
    ['INFO: started', '', false],
    ['{"level":"ERROR"', '', false],
    ['[1]', '', false],
    ['', '', false],
  ])('%j has the level %j, structured: %s', (text, level, structured) => {
    expect([levelOf(line(text)), isStructured(line(text))]).toEqual([level, structured])
  })
})

describe('errorBurst', () => {
  const errors = (...seconds: number[]) => seconds.map((second) => line('{"level":"error"}', second * 1_000))

  it('counts the most errors within any minute', () => {
    expect(errorBurst(errors(0, 10, 59, 60, 200))).toBe(3)
    expect(errorBurst(errors(0, 61, 122))).toBe(1)
    expect(errorBurst([...errors(0), line('{"level":"info"}', 1)])).toBe(1)
    expect(errorBurst([])).toBe(0)
  })
})
