import type { Attestation } from '../attestations.ts'
import type { CheckEntry, Report } from '../report/model.ts'
import type { SignOffs as SignOffFile } from '../report/sign-offs.ts'
import { isExpired, isFor, type Waiver } from '../waivers.ts'
import type { SignOffs } from './entries.ts'
import type { Options } from './options.ts'
import { inputFile, NOT_COMMITTED } from './provenance.ts'

export interface StandingQuestion {
  readonly options: Pick<Options, 'waivers' | 'attestations'>
  readonly signOffs: SignOffs
  readonly target: string
  readonly checks: readonly CheckEntry[]
  readonly now: Date
  /** The names under which the person who runs this is known. */
  readonly runner: readonly string[]
}

/** What became of the sign-offs of a run, file by file; undefined where it was given none. */
export function signOffStanding(question: StandingQuestion): Report['signOffs'] {
  const { waivers, attestations } = question.options
  const files = [
    ...(waivers === undefined ? [] : [{ ...sourceOf('waivers', waivers), ...waiverStanding(question) }]),
    ...(attestations === undefined ? [] : [{ ...sourceOf('attestations', attestations), ...attestationStanding(question) }]),
  ]
  return files.length === 0 ? undefined : files
}

function sourceOf(kind: SignOffFile['kind'], file: string): Pick<SignOffFile, 'kind' | 'file' | 'commit' | 'author'> {
  const { commit, author } = inputFile(file)
  return commit === NOT_COMMITTED ? { kind, file, commit: '', author: '' } : { kind, file, commit, author }
}

type Standing = Pick<SignOffFile, 'applied' | 'expired' | 'unneeded' | 'bySelf'>

function waiverStanding({ signOffs, target, checks, now, runner }: StandingQuestion): Standing {
  const own = signOffs.waivers.filter((waiver) => isFor(waiver, target))
  const outcomes = new Map(checks.map(({ id, outcome }) => [id, outcome]))
  const applied = own.filter((waiver) => !isExpired(waiver, now) && outcomes.get(waiver.check) === 'waived')
  return {
    applied: applied.length,
    expired: own.filter((waiver) => isExpired(waiver, now)).map(waiverWords),
    unneeded: own.filter((waiver) => !isExpired(waiver, now) && outcomes.get(waiver.check) === 'passed').map(waiverWords),
    bySelf: applied.filter(({ approvedBy }) => isSamePerson(approvedBy, runner)).map(waiverWords),
  }
}

function waiverWords({ check, outcome, approvedBy, expires }: Waiver): string {
  return `${check} (${outcome}), by ${approvedBy} until ${expires}`
}

function attestationStanding({ checks, runner }: StandingQuestion): Standing {
  const signed = checks.flatMap(({ id, outcome, attestation }) => (attestation === null ? [] : [{ id, outcome, attestation }]))
  const words = ({ id, attestation }: { readonly id: string; readonly attestation: Attestation }): string =>
    `${id}, by ${attestation.by} until ${attestation.until}`
  const applied = signed.filter(({ outcome }) => outcome === 'passed')
  return {
    applied: applied.length,
    expired: signed.filter(({ outcome }) => outcome === 'pending').map(words),
    unneeded: [],
    bySelf: applied.filter(({ attestation }) => isSamePerson(attestation.by, runner)).map(words),
  }
}

/** True where a signature shares a name, an address or a login with the person who runs this: `Jo Example <jo@example.com>`, `jo`. */
export function isSamePerson(signature: string, runner: readonly string[]): boolean {
  const own = new Set(runner.flatMap(namesIn))
  return namesIn(signature).some((name) => own.has(name))
}

function namesIn(signature: string): string[] {
  const [, name = signature, address = ''] = /^(.*?)\s*<([^>]*)>\s*$/.exec(signature) ?? []
  const login = (text: string): string[] => (text.includes('@') ? [text, text.slice(0, text.indexOf('@'))] : [text])
  return [...login(name), ...login(address)].map((one) => one.trim().toLowerCase()).filter((one) => one !== '')
}
