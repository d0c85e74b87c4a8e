import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { judge } from '../../support/judging.ts'

/** The answers that a judge passes, and those that it fails. */
export interface Case {
  readonly good: unknown
  readonly bad: readonly (readonly [what: string, answers: unknown])[]
}

/** One group of tests for each line. */
export function judgeCases(cases: Readonly<Record<string, Case>>): void {
  describe.each(Object.entries(cases))('%s', (id, { good, bad }) => {
    it('passes what is as it should be', async () => {
      await judge(id, good)
    })

    it.each(bad)('fails where %s', async (_, answers) => {
      await expect(judge(id, answers)).rejects.toMatchObject({ name: 'AssertionError' })
    })
  })
}

export const ok = <T>(value: T) => ({ ok: true, value }) as const
/** What an API gives that is up and answers nonsense. */
export const NOTHING = { ok: false, problem: 'answered 200 in vain' } as const
export const rulesText = readFileSync('fixtures/monitoring/rules/critical-alerts.yml', 'utf8')
export const configText = readFileSync('fixtures/monitoring/prometheus.yml', 'utf8')
export const textFile = (path: string, text: string) => ({ path, exists: true, text, truncated: false })
/** The rules as the host tells them. */
export const host = (text = rulesText) => ({ files: [textFile('/rules/critical-alerts.yml', text)] })

/** The rules as Prometheus lists them. */
export const loaded = ['ServiceDown', 'DatabaseDown', 'HighErrorRate', 'ResponseTimeHigh'].map((name) => ({
  name,
  query: 'up == 0',
  type: 'alerting',
  health: 'ok',
  lastError: '',
}))
