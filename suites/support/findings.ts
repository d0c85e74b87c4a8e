import type { Judging } from '../../src/check.ts'

/** What was seen of one thing among several: it is right (null), it is wrong, or nobody could tell. */
export type Finding = { readonly wrong: string } | { readonly unknown: string } | null

/**
 * Judges several things at once: every wrong one is shown; where none is wrong but some could not be told, the check is
 * unobserved with their reasons. Nothing to judge is a failure: it proves nothing.
 */
export function judgeFindings(findings: readonly Finding[], wanted: string, { expect, unobserved }: Judging): void {
  expect(findings.length, `${wanted}: what was looked at`).toBeGreaterThan(0)
  const wrong = findings.flatMap((finding) => (finding !== null && 'wrong' in finding ? [finding.wrong] : []))
  expect(wrong, wanted).toEqual([])
  const unknown = findings.flatMap((finding) => (finding !== null && 'unknown' in finding ? [finding.unknown] : []))
  if (unknown.length > 0) unobserved({ id: `untold:${unknown.join('; ')}`, text: unknown.join('; ') })
}
