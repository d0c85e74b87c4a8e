/** One thing that a proof shows, and whether it holds. */
export interface Row {
  readonly what: string
  readonly holds: boolean
  readonly detail: string
}

/** Prints every row. Returns the exit code: 0 where all of them hold, 1 otherwise. */
export function concluded(rows: readonly Row[], print: (text: string) => void): number {
  print('')
  for (const { what, holds, detail } of rows) print(`${verdict(holds)}  ${what}${detail === '' ? '' : `: ${detail}`}`)
  return rows.every(({ holds }) => holds) ? 0 : 1
}

/** The word for it. */
export function verdict(holds: boolean): string {
  return holds ? 'holds' : 'DOES NOT HOLD'
}
