import type { DeployStep, ReleasedService } from '../report/release-comparison.ts'

/** The steps that change what runs; the first two change nothing, the last one looks. */
const FIRST_CHANGE = 3

/** How far the deploy got, in one sentence, from the standing of its eight steps. */
export function howFar(steps: readonly DeployStep[], services: readonly ReleasedService[]): string {
  const [backup] = steps
  const noWayBack = backup?.state === 'open' ? ` There is no way back by a backup: ${backup.evidence}.` : ''
  return `${sentence(steps, services)}${noWayBack}`
}

function sentence(steps: readonly DeployStep[], services: readonly ReleasedService[]): string {
  const changes = steps.filter(({ number }) => number >= FIRST_CHANGE && number < steps.length)
  const begun = changes.filter(({ state }) => state === 'done' || state === 'partly')
  const waiting = changes.filter(({ state }) => state === 'open' || state === 'partly')
  const unseen = changes.filter(({ state }) => state === 'unknown')
  const [stop] = waiting
  if (stop !== undefined && begun.length > 0) return stopped(stop, changes, steps.length, unseen)
  if (stop !== undefined) return notBegun(stop, steps, unseen)
  if (unseen.length > 0) return `How far the deploy got is not known: ${named(unseen, steps.length)}: ${unseen[0]?.evidence}.`
  if (begun.length === 0 && services.every(({ state }) => state === 'same'))
    return 'There was nothing to deploy: what runs is both the old release and the new one.'
  return complete(steps)
}

function complete(steps: readonly DeployStep[]): string {
  const last = steps.at(-1)
  const verified = last?.state === 'done' ? 'and is verified' : `but is not verified (step ${last?.number}): ${last?.evidence}`
  return `The deploy has landed as a whole, ${verified}.`
}

function notBegun(stop: DeployStep, steps: readonly DeployStep[], unseen: readonly DeployStep[]): string {
  const images = steps[1]
  const brought = images?.state === 'done' ? 'has brought the images and changed nothing yet' : 'has changed nothing yet'
  return `The deploy ${brought}: before step ${stop.number} of ${steps.length} (${stop.name}), ${stop.evidence}${unknownWords(unseen, steps.length)}.`
}

/** Where it stopped, and whatever stands out of order behind it. */
function stopped(stop: DeployStep, changes: readonly DeployStep[], of: number, unseen: readonly DeployStep[]): string {
  const later = changes.filter(({ number, state }) => number > stop.number && (state === 'done' || state === 'partly'))
  const also = changes.filter(({ number, state }) => number > stop.number && state === 'open')
  const ahead = later.length === 0 ? '' : `; beyond it, ${named(later, of)} ${later.length === 1 ? 'has' : 'have'} landed already`
  const behind = also.length === 0 ? '' : `; ${named(also, of)} ${also.length === 1 ? 'has' : 'have'} not begun`
  const word = stop.state === 'partly' ? 'stopped within' : 'stopped before'
  return `The deploy ${word} step ${stop.number} of ${of} (${stop.name}): ${stop.evidence}${ahead}${behind}${unknownWords(unseen, of)}.`
}

function named(steps: readonly DeployStep[], of: number): string {
  const list = steps.map(({ number, name }) => `${number} (${name})`)
  return `${list.length === 1 ? 'step' : 'steps'} ${list.join(', ')} of ${of}`
}

function unknownWords(unseen: readonly DeployStep[], of: number): string {
  return unseen.length === 0 ? '' : `; not known of ${named(unseen, of)}`
}
