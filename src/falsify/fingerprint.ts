import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Stats } from 'node:fs'
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import type { EmbeddedControl } from '../targets/embedded/index.ts'
import { until } from '../wait.ts'

/** Everything about a target that a fault could change, in words that can be compared. */
export type Fingerprint = Readonly<Record<string, unknown>>

/** Files above this size, in bytes, are told apart by their size alone. */
const MAX_HASHED = 1_000_000
/** How long a part may take to be itself again, and how often it is asked, in milliseconds. */
const HEALING_MS = 10_000
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

/** Waits until a target is as it was; what still differs then. */
export async function healed(control: EmbeddedControl, before: Fingerprint): Promise<string[]> {
  return until(
    async () => differences(before, await fingerprint(control)),
    (different) => different.length === 0,
    { deadlineMs: HEALING_MS, everyMs: ASK_MS },
  )
}

/** Takes the fingerprint of an embedded target. */
export async function fingerprint(control: EmbeddedControl): Promise<Fingerprint> {
  const { gateway, dns, services, events, spec } = control
  return {
    ...(await treeOf(control.root, {
      left: `${spec.paths.application}/logs/services`,
      aged: [`${spec.paths.secrets}/`, '/var/lib/'],
    })),
    'gateway settings': gateway.settings(),
    'gateway routes': gateway.routes(),
    'gateway answers': await answerOf(`http://127.0.0.1:${gateway.plainPort}/`),
    ...Object.fromEntries(
      dns.map((server, index) => [`name server ${index}`, server.isAnswering() ? sorted(server.records()) : 'silent']),
    ),
    ...Object.fromEntries(Object.entries(services).map(([name, service]) => [name, service.running()?.behaviour() ?? 'stopped'])),
    ...Object.fromEntries(await Promise.all(Object.keys(services).map((name) => healthOf(control, name)))),
    events: await events.isHealthy(),
    database: await databaseOf(control),
  }
}

/** `left` is what grows by itself, `aged` where the time of a file says something. */
async function treeOf(
  root: string,
  { left, aged }: { readonly left: string; readonly aged: readonly string[] },
): Promise<Record<string, string>> {
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

/** In an order of their own: a name that was taken away and put back stands last. */
function sorted(records: Readonly<Record<string, unknown>>): unknown {
  return Object.entries(records).sort(([one], [other]) => one.localeCompare(other))
}

/** How a service answers whoever asks for its health without a key; a pool of its own may need a moment after its database is back. */
async function healthOf({ spec, services }: EmbeddedControl, name: string): Promise<readonly [string, unknown]> {
  const key = `health of ${name}`
  const service = services[name]
  if (service?.running() === undefined) return [key, 'stopped']
  const { health, balancerPath = health } = spec.services[name] ?? { health: '/' }
  return [key, await answerOf(`http://127.0.0.1:${service.port}${balancerPath}`)]
}

/** The status of an answer, or how none came. */
async function answerOf(url: string): Promise<unknown> {
  try {
    const signal = AbortSignal.timeout(HEALTH_MS)
    const answer = await fetch(url, { signal, redirect: 'manual', headers: { connection: 'close' } })
    await answer.arrayBuffer()
    return answer.status
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** What PostgreSQL says of itself, or that it says nothing. */
async function databaseOf(control: EmbeddedControl): Promise<unknown> {
  const patience = new AbortController()
  try {
    return await Promise.race([describeDatabase(control), after(HEALTH_MS, 'silent', { signal: patience.signal })])
  } finally {
    patience.abort()
  }
}

async function describeDatabase(control: EmbeddedControl): Promise<unknown> {
  const { postgres } = control
  if (postgres === undefined || !(await listens(postgres.port))) return 'stopped'
  return control.sql(
    `select 'column ' || table_name || '.' || column_name || ' ' || data_type as what from information_schema.columns where table_schema = 'public'
     union all select 'index ' || indexrelid::regclass || ' ' || indisvalid from pg_index where indrelid::regclass::text !~ '^pg_'
     union all select 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
     union all select 'version ' || version from schema_migrations
     union all select 'role ' || rolname || ' ' || rolcreatedb || ' ' || coalesce(nullif(rolvaliduntil, 'infinity')::text, 'for ever') from pg_roles where rolname !~ '^pg_'
     union all select 'setting ' || unnest(setconfig) from pg_db_role_setting
     union all select 'database ' || datname || ' ' || encoding from pg_database where datname = current_database()
     union all select 'policy ' || polname from pg_policy
     union all select 'session ' || count(*) from pg_stat_activity where application_name = 'fault'
     order by 1`,
    [],
  )
}

function hash(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
