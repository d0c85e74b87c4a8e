import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { until } from '../wait.ts'

/** Everything about a target that a fault could change, in words that can be compared. */
export type Fingerprint = Readonly<Record<string, unknown>>

/** Files above this size, in bytes, are told apart by their size alone. */
const MAX_HASHED = 1_000_000
/** How often a part is asked whether it is itself again, in milliseconds. */
const ASK_MS = 50
const HEALTH_MS = 1_000

/** What differs between two fingerprints, each with its value before and after. */
export function differences(before: Fingerprint, after: Fingerprint): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const words = (value: unknown): string => JSON.stringify(value) ?? 'absent'
  return keys
    .filter((key) => words(before[key]) !== words(after[key]))
    .map((key) => `${key}: ${words(before[key])} → ${words(after[key])}`)
}

/** Waits until a target is as it was; what still differs after so many milliseconds. */
export async function healed(ask: () => Promise<Fingerprint>, before: Fingerprint, deadlineMs: number): Promise<string[]> {
  return until(
    async () => differences(before, await ask()),
    (different) => different.length === 0,
    { deadlineMs, everyMs: ASK_MS },
  )
}

/** A tree by path from its root, which begins with `/`. `left` is what grows by itself, `aged` where the time of a file says something. */
export async function treeOf(
  directory: string,
  { left, aged }: { readonly left: string; readonly aged: readonly string[] },
): Promise<Record<string, string>> {
  const root = path.resolve(directory)
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const told = entries.map(async (entry) => {
    const file = path.join(entry.parentPath, entry.name)
    const place = file.slice(root.length)
    if (entry.isSymbolicLink()) return [place, await readlink(file)] as const
    const stats = await statIfAllowed(file)
    if (stats === undefined) return [place, 'closed'] as const
    const { mode, size, mtimeMs } = stats
    const content = entry.isFile() && size <= MAX_HASHED ? hash(await readFile(file)) : entry.isFile() ? String(size) : ''
    return [
      place,
      `${mode.toString(8)} ${content} ${aged.some((start) => place.startsWith(start)) ? Math.round(mtimeMs) : ''}`,
    ] as const
  })
  return Object.fromEntries((await Promise.all(told)).filter(([place]) => !place.startsWith(left)).sort())
}

/** undefined behind a directory that a fault has closed to an ordinary user. */
async function statIfAllowed(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') return undefined
    throw error
  }
}

/** The status of an answer, or how none came. */
export async function answerOf(url: string, deadlineMs = HEALTH_MS): Promise<unknown> {
  try {
    const signal = AbortSignal.timeout(deadlineMs)
    const answer = await fetch(url, { signal, redirect: 'manual', headers: { connection: 'close' } })
    await answer.arrayBuffer()
    return answer.status
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}

/** The answer, or that none came within so many milliseconds. */
export async function orSilent<T>(ask: () => Promise<T>, deadlineMs = HEALTH_MS): Promise<T | string> {
  const patience = new AbortController()
  try {
    return await Promise.race([ask(), after(deadlineMs, 'silent', { signal: patience.signal })])
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  } finally {
    patience.abort()
  }
}

/** Everything that a fault may change of a database, one row each. */
export const DATABASE_SQL = `select 'column ' || table_name || '.' || column_name || ' ' || data_type as what from information_schema.columns where table_schema = 'public'
   union all select 'index ' || indexrelid::regclass || ' ' || indisvalid from pg_index where indrelid::regclass::text !~ '^pg_'
   union all select 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
   union all select 'version ' || version from schema_migrations
   union all select 'role ' || rolname || ' ' || rolcreatedb || ' ' || coalesce(nullif(rolvaliduntil, 'infinity')::text, 'for ever') from pg_roles where rolname !~ '^pg_'
   union all select 'setting ' || unnest(setconfig) from pg_db_role_setting
   union all select 'database ' || datname || ' ' || encoding from pg_database where datname = current_database()
   union all select 'template ' || shobj_description(oid, 'pg_database') from pg_database where datname = 'template0'
   union all select 'policy ' || polname from pg_policy
   union all select 'session ' || count(*) from pg_stat_activity where application_name = 'fault'
  order by 1`

function hash(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
