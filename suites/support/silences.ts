import type { Silence } from '../../src/probes/alertmanager.ts'

const DAY_MS = 86_400_000

/** Why a silence is one that nobody answers for. Alertmanager demands an end, so one without end is one far away. */
export function silenceProblems({ id, createdBy, comment, startsAt, endsAt, matchers }: Silence, mostDays: number): string[] {
  const what = `${id} (${matchers.map(({ name, value }) => `${name} ${value}`).join(', ')})`
  const days = (Date.parse(endsAt) - Date.parse(startsAt)) / DAY_MS
  return [
    ...(createdBy.trim() === '' ? [`${what} has no owner`] : []),
    ...(comment.trim() === '' ? [`${what} has no reason`] : []),
    ...(days > mostDays ? [`${what} of ${createdBy || 'nobody'} lasts ${Math.ceil(days)} days, until ${endsAt}`] : []),
  ]
}
