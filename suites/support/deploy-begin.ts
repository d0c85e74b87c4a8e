/** When a deploy began and when its last line was written. */
export interface LoggedDeploy {
  readonly begun: Date
  readonly lastEntry: Date
}

const FIRST_STEP = /deployment started|step 1\b/i

/** The last deploy that a log tells of; undefined where it tells of none. Hosts keep UTC. */
export function lastDeploy(tail: string): LoggedDeploy | undefined {
  const entries = tail.split('\n').flatMap((line) => {
    const [, day, time, message] = /^\[?(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)\S*\s*(.*)$/.exec(line) ?? []
    const at = new Date(`${day}T${time}Z`)
    return Number.isNaN(at.getTime()) ? [] : [{ at, message: message ?? '' }]
  })
  const last = entries.at(-1)
  const first = entries.findLastIndex(({ message }) => FIRST_STEP.test(message))
  // "Started" and "step 1" of one deploy stand next to each other: the earlier of the two is its beginning.
  const before = entries[first - 1]
  const begun = before !== undefined && FIRST_STEP.test(before.message) ? before : entries[first]
  return begun === undefined || last === undefined ? undefined : { begun: begun.at, lastEntry: last.at }
}
