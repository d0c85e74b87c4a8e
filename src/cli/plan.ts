import type { BoundLine } from '../bind.ts'
import type { Effect } from '../effect.ts'
import { effectRefused } from '../observe.ts'
import { type Cause, NotApplicable, Unobserved } from '../outcome.ts'
import type { Access } from '../probe.ts'
import { innerAddresses } from '../targets/live/reach.ts'
import type { Target } from '../targets/target.ts'

/** What will become of one line, decided before anything is touched. */
export type Planned = BoundLine & { readonly accesses: readonly Access[] } & (
    | { readonly fate: 'look' }
    | { readonly fate: 'sign' }
    | { readonly fate: 'skipped'; readonly reason: string }
    | { readonly fate: 'unobserved'; readonly cause: Cause }
  )

/** Decides for each line whether its check looks, and what it would touch; connects to nothing. */
export function plan(lines: readonly BoundLine[], target: Target, allows: readonly Effect[]): Planned[] {
  return lines.map((bound) => planLine(bound, target, allows))
}

function planLine(bound: BoundLine, target: Target, allows: readonly Effect[]): Planned {
  if (bound.check === undefined) return { ...bound, accesses: [], fate: 'sign' }
  try {
    const accesses = bound.check.accesses(target).map((access) => asPlanned(target, access))
    const refused = accesses.find(({ effect }) => !allows.includes(effect))
    if (refused === undefined) return { ...bound, accesses, fate: 'look' }
    return { ...bound, accesses, fate: 'unobserved', cause: effectRefused(refused.effect) }
  } catch (error) {
    if (error instanceof NotApplicable) return { ...bound, accesses: [], fate: 'skipped', reason: error.message }
    if (error instanceof Unobserved) return { ...bound, accesses: [], fate: 'unobserved', cause: error.rootCause }
    throw error
  }
}

/** With the host through whose connection its address will be reached, where the target file says so. */
function asPlanned({ spec }: Target, access: Access): Access {
  const [first] = access.address.split(',')
  const inner = innerAddresses(spec).find((one) => one.inner === first)
  const host = inner === undefined ? undefined : spec.hosts[inner.role]
  return host === undefined ? access : { ...access, address: `${access.address} through ssh ${host.address}` }
}

/** The lines with their checks, as `--list` prints them. */
export function listText(lines: readonly BoundLine[]): string {
  const rows = lines.map(({ line, check }) => {
    const bound = check?.location ?? `signed by a person, good for ${line.attestedDays} days`
    return `${line.id}  ${line.severity.padEnd(8)} ${line.when.join(',').padEnd(14)} ${line.sentence}\n         ${bound}`
  })
  return `${rows.join('\n')}\n${lines.length} lines`
}

/** The lines with their checks, as `--list=json` prints them. */
export function listJson(lines: readonly BoundLine[]): unknown {
  return lines.map(({ line, check }) => ({ ...line, check: check?.location ?? null }))
}

/** Beside the lines: what is read for the report, by what it tells. */
export type Beside = Readonly<Record<string, readonly Access[]>>

/** What would be read or changed, where and how, as `--plan` prints it. */
export function planText(planned: readonly Planned[], beside: Beside = {}): string {
  return [
    ...planned.map((entry) => [`${entry.line.id}  ${entry.line.sentence}`, ...fateLines(entry)].join('\n')),
    ...Object.entries(beside).map(([what, accesses]) => [`for the report: ${what}`, ...accesses.flatMap(accessLines)].join('\n')),
  ].join('\n')
}

function fateLines(entry: Planned): string[] {
  if (entry.fate === 'sign') return [`    a person signs; good for ${entry.line.attestedDays} days`]
  if (entry.fate === 'skipped') return [`    skipped: ${entry.reason}`]
  if (entry.fate === 'unobserved') return [`    unobserved: ${entry.cause.text}`]
  return entry.accesses.flatMap(accessLines)
}

function accessLines({ effect, operation, system, address, reproduce }: Access): string[] {
  return [`    ${effect}: ${operation} on ${system} (${address})`, `      ${reproduce}`]
}

/** What would be read or changed, where and how, as `--plan=json` prints it. */
export function planJson(planned: readonly Planned[], beside: Beside = {}): unknown {
  const lines = planned.map((entry) => ({
    id: entry.line.id,
    sentence: entry.line.sentence,
    fate: entry.fate,
    reason: entry.fate === 'skipped' ? entry.reason : entry.fate === 'unobserved' ? entry.cause.text : '',
    accesses: entry.accesses,
  }))
  const rest = Object.entries(beside).map(([sentence, accesses]) => ({ id: null, sentence, fate: 'look', reason: '', accesses }))
  return [...lines, ...rest]
}
