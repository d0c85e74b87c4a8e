import type { RollbackLoss, TableLoss } from './rollback-loss.ts'
import { figure, plural, utc } from './text.ts'

/** Rows, events and keys that are known to be lost, in one sentence: what somebody must know who is about to roll back. */
export function lossSentence(loss: RollbackLoss): string {
  const { backup, schema } = loss
  if (backup === null) return `What rolling back now would lose is not known: ${loss.unknown.join('; ') || 'there is no backup'}.`
  const rows = sum(loss.tables.map(({ lost }) => lost ?? 0))
  const tables = loss.tables.filter(({ lost }) => (lost ?? 0) > 0).length
  const events = sum(loss.topics.map((topic) => topic.events))
  const back = sum(loss.tables.map((table) => table.back ?? 0))
  const lost = [
    rows === 0 ? '' : `${many(rows, 'row')} in ${plural(tables, 'table')}`,
    schema.vanishing.length === 0 ? '' : `${plural(schema.vanishing.length, 'table or column', 'tables or columns')} made since`,
  ].filter((part) => part !== '')
  const to = `Rolling back now to the backup of ${utc(backup.takenAt)} would lose`
  const what = lost.length === 0 ? 'nothing that was counted' : lost.join(' and ')
  const kept = events === 0 ? '' : `; ${many(events, 'event')} would stay in Kafka without the rows that belong to them`
  const again = back === 0 ? '' : `; ${many(back, 'row')} deleted since would be back`
  return `${to} ${what}${kept}${again}. ${schema.wayBack}${unknownWords(loss)}`
}

/** The same in full, a line each: for a terminal, and for the head of a printed rollback. */
export function lossLines(loss: RollbackLoss): string[] {
  return [
    lossSentence(loss),
    ...loss.tables.filter(isWorthTelling).map(tableWords),
    ...loss.topics
      .filter(({ events }) => events > 0)
      .map(({ topic, events, note }) => withNote(`topic ${topic}: ${many(events, 'event')} since`, note)),
    ...(loss.keys === null ? [] : [`Redis: ${figure(loss.keys.was)} keys then, ${figure(loss.keys.now)} now`]),
    ...loss.schema.vanishing.map((one) => `would vanish: ${one}`),
    ...(loss.backup === null ? [] : loss.unknown.map((one) => `not known: ${one}`)),
  ]
}

/** `table hook_events: 12 rows made since (1,204 then, 1,216 now)`. */
function tableWords({ table, lost, back, was, now, note }: TableLoss): string {
  const parts = [
    lost === null ? 'rows made since: not known' : `${many(lost, 'row')} made since`,
    back === null || back === 0 ? '' : `${many(back, 'row')} deleted since`,
  ].filter((part) => part !== '')
  const counts = `${was === null ? 'not in the backup' : `${figure(was)} then`}, ${now === null ? 'not counted now' : `${figure(now)} now`}`
  return withNote(`table ${table}: ${parts.join(', ')} (${counts})`, note)
}

/** A table in which nothing has changed is not told one by one. */
export function isWorthTelling({ lost, back, note }: TableLoss): boolean {
  return lost !== 0 || (back ?? 0) > 0 || note !== ''
}

function unknownWords({ unknown }: RollbackLoss): string {
  return unknown.length === 0 ? '' : ` Not all is known: ${plural(unknown.length, 'thing')} could not be looked at.`
}

function withNote(text: string, note: string): string {
  return note === '' ? text : `${text}; ${note}`
}

function many(count: number, word: string): string {
  return `${figure(count)} ${word}${count === 1 ? '' : 's'}`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
