import { type Attestation, stateOf } from '../attestations.ts'
import type { BoundLine } from '../bind.ts'
import { NOT_SELECTED } from '../report/assemble.ts'
import type { CheckEntry } from '../report/model.ts'
import type { CheckResult } from '../result.ts'
import type { EscalationSpec } from '../targets/schema.ts'
import { applyWaiver, type Waiver } from '../waivers.ts'
import type { Planned } from './plan.ts'

/** What people signed for this run. */
export interface SignOffs {
  readonly attestations: ReadonlyMap<string, Attestation>
  readonly waivers: readonly Waiver[]
}

/** The report's entry of a line before anything was looked at. */
export function entryOf({ line }: BoundLine, escalation: EscalationSpec): CheckEntry {
  const level = escalation.levels[String(line.escalation)]
  return {
    id: line.id,
    title: line.sentence,
    suite: line.suite,
    section: line.section,
    severity: line.severity,
    when: [...line.when],
    effects: [],
    outcome: null,
    reason: NOT_SELECTED,
    cause: null,
    durationMs: 0,
    failure: null,
    limits: [],
    evidence: [],
    waiver: null,
    attestation: null,
    remedy: line.remedy,
    escalation: level === undefined ? null : { level: line.escalation, ...level, channels: escalation.channels },
  }
}

/** The entry once its fate is known: an outcome where no look is needed, otherwise what will be touched. */
export function plannedEntry(entry: CheckEntry, planned: Planned, signOffs: SignOffs, now: Date): CheckEntry {
  const effects = [...new Set(planned.accesses.map(({ effect }) => effect))]
  switch (planned.fate) {
    case 'look':
      return { ...entry, effects, reason: 'not reached' }
    case 'skipped':
      return { ...entry, effects, outcome: 'skipped', reason: planned.reason }
    case 'unobserved':
      return { ...entry, effects, outcome: 'unobserved', reason: planned.cause.text, cause: planned.cause }
    case 'sign':
      return signedEntry(entry, planned, signOffs, now)
  }
}

function signedEntry(entry: CheckEntry, { line }: BoundLine, { attestations }: SignOffs, now: Date): CheckEntry {
  const attestation = attestations.get(line.id)
  const state = stateOf(line, attestation, now)
  return { ...entry, outcome: state.outcome, reason: state.reason, attestation: attestation ?? null }
}

/** The entry once its check has ended. */
export function endedEntry(entry: CheckEntry, result: Omit<CheckResult, 'connections'>): CheckEntry {
  const { outcome, reason, cause, durationMs, failure, limits, evidence } = result
  return { ...entry, outcome, reason, cause, durationMs, failure, limits: [...limits], evidence: [...evidence] }
}

/** The entry with a valid waiver applied, where there is one; what was found stays in it. */
export function waivedEntry(entry: CheckEntry, target: string, { waivers }: SignOffs, now: Date): CheckEntry {
  if (entry.outcome === null) return entry
  const { outcome, waiver, note } = applyWaiver({ id: entry.id, target, outcome: entry.outcome }, waivers, now)
  const reason = [note, entry.reason].filter((part) => part !== '').join(' — ')
  if (waiver === undefined) return { ...entry, reason }
  const { justification, approvedBy, expires, risk } = waiver
  return { ...entry, outcome, reason, waiver: { justification, approvedBy, expires, risk } }
}
