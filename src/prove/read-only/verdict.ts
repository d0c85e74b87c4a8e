import type { Asked } from '../wire/wire.ts'

/** What one system was asked, by whoever wrote it down. */
export interface Written {
  readonly system: string
  readonly connections?: () => number
  readonly asked: readonly Asked[]
}

/** Why the records do not prove that a run only read; none where they do. A system that was asked nothing proves nothing. */
export function objections(records: readonly Written[]): string[] {
  return records.flatMap(({ system, asked }) => {
    if (asked.length === 0) return [`${system}: nothing was asked, so nothing is proven`]
    return [...new Set(asked.filter(({ isReading }) => !isReading).map(({ what }) => what))].map((what) => `${system}: ${what}`)
  })
}

/** A row for each system: how much it was asked, and the kinds of what it was asked. */
export function recordsText(records: readonly Written[]): string {
  const rows = records.map(({ system, connections, asked }) => {
    const changes = asked.filter(({ isReading }) => !isReading).length
    const through = connections === undefined ? '' : `, ${connections()} connections`
    return `  ${system}: ${asked.length} requests${through}, ${changes} that change something\n    ${kinds(asked)}`
  })
  return rows.join('\n')
}

const SHOWN = 12

function kinds(asked: readonly Asked[]): string {
  const sorted = [...Map.groupBy(asked, kindOf)].toSorted(([, a], [, b]) => b.length - a.length)
  const words = sorted.slice(0, SHOWN).map(([kind, list]) => (list.length === 1 ? kind : `${kind} ×${list.length}`))
  return [...words, ...(sorted.length > SHOWN ? [`${sorted.length - SHOWN} more kinds`] : [])].join(', ')
}

/** Its first two words; what is named by a long number is of one kind. */
function kindOf({ what }: Asked): string {
  const words = what.replace(/(?:sha256:)?[0-9a-f]{64}/g, 'ID').split(/[ ;]/)
  return words.slice(0, 2).join(' ')
}
