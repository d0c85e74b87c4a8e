import path from 'node:path'
import { UsageError } from '../outcome.ts'
import { type HistoryEntry, readHistory } from './history.ts'
import type { Report } from './model.ts'
import { readReport } from './read.ts'

export interface BaselineWanted {
  /** `last`, or the report.json of an earlier run. */
  readonly baseline: string
  readonly history: string
  readonly target: string
  /** The selection of this run, in words. */
  readonly selection: string
}

/** The run to compare with, or the reason why there is none. */
export type Baseline =
  | { readonly report: Report; readonly where: string }
  | { readonly report: undefined; readonly reason: string }

/**
 * Finds the run to compare with: a named report, or the last one of this target that was accepted, that is passed, with a ticket.
 * That there is no accepted one yet is no mistake of the operator. @throws UsageError where a named report is none.
 */
export async function loadBaseline({ baseline, history, target, selection }: BaselineWanted): Promise<Baseline> {
  if (baseline !== 'last') return { report: await readReport(baseline), where: baseline }
  const { entries } = await readHistory(history)
  const accepted = entries.filter((entry) => entry.target === target && isAccepted(entry))
  const last = accepted.findLast((entry) => looksAtAsMuch(entry, selection)) ?? accepted.at(-1)
  if (last === undefined)
    return {
      report: undefined,
      reason: `Nothing to compare with: ${history} knows no run of ${target} that passed and had a ticket.`,
    }
  return readAccepted(last)
}

function isAccepted({ verdict, ticket }: HistoryEntry): boolean {
  return verdict === 'passed' && ticket !== ''
}

/** A run of a few lines is a poor baseline for a run of many: one of the whole runbook, or of the same selection, is looked for first. */
function looksAtAsMuch(entry: HistoryEntry, selection: string): boolean {
  return entry.selection === '' || selectors(entry.selection) === selectors(selection)
}

/** `(--when=after)` of `PARTIAL: 12 of 180 lines (--when=after)`: the numbers change with the runbook. */
function selectors(selection: string): string {
  return /\(.*\)$/.exec(selection)?.[0] ?? ''
}

async function readAccepted({ report: directory, ticket, at }: HistoryEntry): Promise<Baseline> {
  const where = path.join(directory, 'report.json')
  try {
    return { report: await readReport(where), where }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return {
      report: undefined,
      reason: `Nothing to compare with: the last accepted run, ${ticket} of ${at}, has no readable report any more: ${error.message}`,
    }
  }
}
