/** The time of the last line that begins with one, as `[2026-01-02 03:04:05]` or in ISO 8601; hosts keep UTC. Undefined where none does. */
export function lastEntry(tail: string): Date | undefined {
  const times = tail.split('\n').flatMap((line) => {
    const [, day, time] = /^\[?(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)/.exec(line) ?? []
    const at = new Date(`${day}T${time}Z`)
    return Number.isNaN(at.getTime()) ? [] : [at]
  })
  return times.at(-1)
}
