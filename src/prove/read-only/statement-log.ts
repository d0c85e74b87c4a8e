import { SqlSession, sqlInWords } from '../wire/sql.ts'
import type { Asked } from '../wire/wire.ts'

/** What makes a database write down every statement of every session, with who sent it; for a disposable one only. */
export const LOG_EVERYTHING = [
  "alter system set log_statement = 'all'",
  "alter system set log_line_prefix = 'session|%p|%a|'",
  'select pg_reload_conf()',
] as const

const ENTRY = /^session\|(\d+)\|([^|]*)\|LOG: {2}(?:statement|execute [^:]*): /

/** Every statement that sessions of that name sent, by the database's own log, and whether it reads. */
export function statementsOf(log: string, application: RegExp): Asked[] {
  const sessions = new Map<string, SqlSession>()
  return entriesOf(log).flatMap(({ pid, name, text }) => {
    if (!application.test(name)) return []
    const session = sessions.get(pid) ?? new SqlSession()
    sessions.set(pid, session)
    return [{ what: sqlInWords(text), isReading: session.reads(text) }]
  })
}

/** A statement of several lines goes on behind tabs. */
function entriesOf(log: string): { readonly pid: string; readonly name: string; readonly text: string }[] {
  const entries: { pid: string; name: string; text: string }[] = []
  let isOpen = false
  for (const line of log.split('\n')) {
    const found = ENTRY.exec(line)
    if (found !== null) entries.push({ pid: found[1] ?? '', name: found[2] ?? '', text: line.slice(found[0].length) })
    else if (isOpen && line.startsWith('\t')) {
      const last = entries.at(-1)
      if (last !== undefined) last.text += `\n${line}`
    }
    isOpen = found !== null || (isOpen && line.startsWith('\t'))
  }
  return entries
}
