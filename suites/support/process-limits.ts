interface Pair {
  /** null: unlimited. */
  readonly soft: number | null
  readonly hard: number | null
}

interface Limits<T> {
  readonly nofile: T
  readonly nproc: T
}

const KINDS = ['nofile', 'nproc'] as const

/** Which limits in force are too low. */
export function limitProblems(whose: string, limits: Limits<Pair>, least: Limits<number>): string[] {
  return KINDS.flatMap((kind) =>
    (['soft', 'hard'] as const).flatMap((side) => {
      const value = limits[kind][side]
      return value === null || value >= least[kind] ? [] : [`${whose}: ${kind} ${side} ${value}, wanted ${least[kind]}`]
    }),
  )
}

/** Which limits are not written down for an account: by its name or by `*`, which does not count for root. */
export function configuredProblems(rows: readonly string[], account: string, least: Limits<number>): string[] {
  const parsed = rows.map((row) => row.split(/\s+/))
  return KINDS.flatMap((kind) =>
    (['soft', 'hard'] as const).flatMap((side) => {
      const values = parsed
        .filter(([domain, type, item]) => item === kind && (type === side || type === '-') && applies(domain ?? '', account))
        .map(([, , , value = '']) => (/^(unlimited|infinity|-1)$/.test(value) ? Number.POSITIVE_INFINITY : Number(value)))
      // The last row that applies is the one that counts.
      const value = values.at(-1)
      if (value === undefined) return [`no row sets ${kind} ${side} for ${account}`]
      return value >= least[kind] ? [] : [`${kind} ${side} is ${value} for ${account}, wanted ${least[kind]}`]
    }),
  )
}

function applies(domain: string, account: string): boolean {
  return domain === account || (domain === '*' && account !== 'root')
}
