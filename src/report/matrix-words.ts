import type { Outcome } from '../outcome.ts'
import type { Matrix, MatrixLine } from './matrix.ts'
import { plural } from './text.ts'

/** A glyph for each outcome; a line that was not looked at at a target has none. */
export const OUTCOME_GLYPHS: Readonly<Record<Outcome, string>> = {
  passed: '✓',
  failed: '✗',
  unobserved: '?',
  waived: '~',
  skipped: '-',
  pending: '…',
}
export const NO_OUTCOME = '·'

const NOT_GREEN: readonly (Outcome | null)[] = ['failed', 'unobserved']

/** The lines that failed or could not be observed at one target or more, those that failed first. */
export function openLines({ lines }: Matrix): MatrixLine[] {
  const open = lines.filter(({ outcomes }) => outcomes.some((outcome) => NOT_GREEN.includes(outcome)))
  const failedSomewhere = ({ outcomes }: MatrixLine): number => Number(outcomes.includes('failed'))
  return open.toSorted((a, b) => failedSomewhere(b) - failedSomewhere(a))
}

/** True where the targets do not agree: what fails at one of them only is that target's own. */
export function differs({ outcomes }: MatrixLine): boolean {
  return new Set(outcomes).size > 1
}

/** The verdict over all targets as a sentence. */
export function matrixSentence({ targets, verdict }: Matrix): string {
  const passed = targets.filter(({ exitCode }) => exitCode === 0).length
  if (verdict === 'passed') return `All ${targets.length} targets passed.`
  const others = targets.filter(({ exitCode }) => exitCode !== 0)
  const kinds = Map.groupBy(others, (target) => target.verdict)
  const words = [...kinds].map(([kind, list]) => `${list.length} ${kind} (${list.map(({ name }) => name).join(', ')})`)
  return `${passed} of ${plural(targets.length, 'target')} passed; ${words.join(', ')}.`
}
