import type { DeployStep, ReleaseComparison, ReleasedService } from './release-comparison.ts'

/** What a service's standing means, as a table tells it. */
export const STATE_WORDS: Readonly<Record<ReleasedService['state'], string>> = {
  new: 'new',
  old: 'old',
  same: 'same in both',
  mixed: 'old and new side by side',
  unknown: 'another image',
  stopped: 'does not run',
  missing: 'not there',
  unobserved: 'not seen',
}

export const STEP_WORDS: Readonly<Record<DeployStep['state'], string>> = {
  done: 'done',
  partly: 'partly',
  open: 'not yet',
  nothing: 'nothing to do',
  unknown: 'not known',
}

/** A digest by its first characters; a version as it is. */
export function shortImage(image: string): string {
  return image.replace(/\b([0-9a-f]{12})[0-9a-f]{20,}/g, '$1…')
}

/** `schema: 0007, new (0007 expected, 0006 before)`. */
export function schemaWords({ state, found, wanted, previous }: ReleaseComparison['schema']): string {
  const words = { new: 'new', old: 'old', same: 'same in both', unknown: 'neither old nor new', unobserved: 'not seen' }[state]
  const told = [wanted === null ? '' : `${wanted} expected`, previous === null ? '' : `${previous} before`].filter(
    (part) => part !== '',
  )
  return `${found === null ? words : `${found}, ${words}`}${told.length === 0 ? '' : ` (${told.join(', ')})`}`
}

/** What of the configuration is otherwise than it should be, or than it was. */
export function drifted({ configuration }: ReleaseComparison): ReleaseComparison['configuration'] {
  return configuration.filter(({ state }) => state === 'changed')
}

/** `compared with the new release: 3 the same, 1 changed`: how much configuration could be compared at all. */
export function driftWords({ configuration }: ReleaseComparison): string {
  const count = (state: string): number => configuration.filter((one) => one.state === state).length
  const [same, changed, unknown] = [count('same'), count('changed'), count('unknown')]
  if (configuration.length === 0) return 'no configuration was seen'
  if (same + changed === 0) return `${unknown} seen, and nothing to compare them with`
  return [`${same} as told`, `${changed} otherwise`, unknown === 0 ? '' : `${unknown} of which nobody told`]
    .filter((part) => part !== '')
    .join(', ')
}

/** Against what a changed configuration was compared. */
export function againstWords(against: ReleaseComparison['configuration'][number]['against']): string {
  return against === 'new' ? 'otherwise than the new release has it' : 'changed since the old release'
}
