interface WithMode {
  readonly path: string
  readonly mode: string
}

/** Which of the forbidden permission bits the path has, in words; undefined where it has none. */
export function modeProblem({ path, mode }: WithMode, forbidden: number): string | undefined {
  if (mode === '') return `${path} has no mode: it is not there`
  const excess = Number.parseInt(mode, 8) & forbidden
  return excess === 0 ? undefined : `${path} has mode ${mode}, which allows ${words(excess)}`
}

function words(bits: number): string {
  const classes = [
    ['group', (bits >> 3) & 7],
    ['everyone', bits & 7],
  ] as const
  const rights = [
    ['read', 4],
    ['write', 2],
    ['execute', 1],
  ] as const
  return classes
    .flatMap(([who, granted]) => rights.flatMap(([right, bit]) => (granted & bit ? [`${who} to ${right}`] : [])))
    .join(', ')
}
