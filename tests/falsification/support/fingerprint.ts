import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Stats } from 'node:fs'
import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import type { EmbeddedControl } from '../../../src/targets/embedded/index.ts'

/** Files above this size, in bytes, are told apart by their size alone. */
const MAX_HASHED = 1_000_000

/** Everything about an embedded target that a fault could change, in words that can be compared. */
export async function fingerprint(control: EmbeddedControl): Promise<Record<string, unknown>> {
  const { gateway, dns, services, events, spec } = control
  return {
    ...(await treeOf(control.root, { left: `${spec.paths.application}/logs/services`, aged: `${spec.paths.secrets}/` })),
    'gateway settings': gateway.settings(),
    'gateway routes': gateway.routes(),
    'gateway listens': await listens(gateway.port),
    ...Object.fromEntries(dns.map((server, index) => [`name server ${index}`, server.records()])),
    ...Object.fromEntries(Object.entries(services).map(([name, service]) => [name, service.running()?.behaviour() ?? 'stopped'])),
    events: await events.isHealthy(),
    database: await databaseOf(control),
  }
}

/** `left` is what grows by itself, `aged` where the time of a file says something. */
async function treeOf(
  root: string,
  { left, aged }: { readonly left: string; readonly aged: string },
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
    return [place, `${mode.toString(8)} ${content} ${place.startsWith(aged) ? Math.round(mtimeMs) : ''}`] as const
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

async function databaseOf(control: EmbeddedControl): Promise<unknown> {
  const { postgres } = control
  if (postgres === undefined || !(await listens(postgres.port))) return 'stopped'
  return control.sql(
    `select 'column ' || table_name || '.' || column_name || ' ' || data_type as what from information_schema.columns where table_schema = 'public'
     union all select 'index ' || indexrelid::regclass || ' ' || indisvalid from pg_index where indrelid::regclass::text !~ '^pg_'
     union all select 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace
     union all select 'version ' || version from schema_migrations
     order by 1`,
    [],
  )
}

function hash(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
