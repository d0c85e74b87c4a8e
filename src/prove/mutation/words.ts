import { type Explained, whyOf } from './explained.ts'
import type { Tried } from './try-mutant.ts'

/** Of all mutants at least this share must be noticed. */
export const NOTICED = 0.95
const SHOWN = 90

/** One row for a mutant. */
export function rowOf({ mutant, killedBy, said, seconds }: Tried): string {
  const { file, line, kind, from, to } = mutant
  const end = killedBy === undefined ? 'SURVIVED' : `noticed by ${killedBy}`
  return `${end}  ${file}:${line}  ${kind}: ${short(from)} → ${short(to)}  (${seconds.toFixed(0)} s${said === '' ? '' : `; ${short(said)}`})`
}

/** All of them together: the share that was noticed, by whom, and each survivor with its explanation. */
export function summary(tried: readonly Tried[], explained: readonly Explained[]): string {
  const survivors = tried.filter(({ killedBy }) => killedBy === undefined)
  const noticed = tried.length - survivors.length
  const by = ['tests', 'falsification', 'time'].map(
    (one) => `${tried.filter(({ killedBy }) => killedBy === one).length} by ${one}`,
  )
  const files = new Set(tried.map(({ mutant }) => mutant.file)).size
  return [
    `${noticed} of ${tried.length} mutants in ${files} files were noticed (${((noticed / tried.length) * 100).toFixed(1)} %): ${by.join(', ')}`,
    `survivors: ${survivors.length || 'none'}`,
    ...survivors.flatMap((one) => [
      `  ${one.mutant.file}:${one.mutant.line}  ${one.mutant.kind}: ${short(one.mutant.from)} → ${short(one.mutant.to)}`,
      `    ${whyOf(one.mutant, explained) ?? `UNEXPLAINED${one.said === '' ? '' : ` (${one.said})`}; test it, or explain it in fixtures/mutants.yaml`}`,
    ]),
  ].join('\n')
}

/** 0: enough were noticed and every survivor is explained; 1: not so. */
export function mutationExitCode(tried: readonly Tried[], explained: readonly Explained[]): 0 | 1 {
  const survivors = tried.filter(({ killedBy }) => killedBy === undefined)
  const isEnough = tried.length > 0 && 1 - survivors.length / tried.length >= NOTICED
  return isEnough && survivors.every(({ mutant }) => whyOf(mutant, explained) !== undefined) ? 0 : 1
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= SHOWN ? line : `${line.slice(0, SHOWN)}…`
}
