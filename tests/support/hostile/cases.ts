import { describe, expect, it } from 'vitest'
import type { Probe } from '../../../src/probe.ts'
import { type Arena, arena } from './arena.ts'
import { lookAt } from './look.ts'

/** One hostile answer, and how a line that meets it must end. */
export interface HostileCase {
  readonly name: string
  readonly probe: (arena: Arena) => Promise<Probe<unknown>>
  readonly outcome: 'passed' | 'failed' | 'unobserved'
  /** What the reason says. */
  readonly says?: RegExp
}

interface Corpus<T> {
  /** What a line would say of the answer. */
  readonly judge: (value: T) => void
  readonly secrets?: Readonly<Record<string, string>>
}

/** The longest that any of them may take, in milliseconds: its own deadline is far below, the rest is for a busy machine. */
const BOUND_MS = 4_000

/** Looks at every case through the real engine and the real writers. */
export function hostile<T>(area: string, { judge, secrets = {} }: Corpus<T>, cases: readonly HostileCase[]): void {
  describe(area, () => {
    it.each(cases)('$name: $outcome', async ({ probe, outcome, says = /./ }) => {
      await using place = arena()
      const { result, ms } = await lookAt({ probe: (await probe(place)) as Probe<T>, judge, secrets })
      expect(`${result.outcome}: ${result.reason}`).toMatch(new RegExp(`^${outcome}: `))
      if (outcome !== 'passed') expect(result.reason).toMatch(says)
      expect(result.reason, 'a defect of ours').not.toContain('the check itself broke')
      expect(ms).toBeLessThan(BOUND_MS)
    })
  })
}
