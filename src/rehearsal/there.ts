import type { Shell } from '../host/shell.ts'
import type { Manifest } from '../procedures/manifest.ts'
import { BrokenBackup } from './flaw.ts'
import { isOfCluster, loadRefusal, problemOfHead } from './load.ts'
import { RESTORE } from './own-server.ts'
import { type Form, type Packing, recognise } from './recognise.ts'
import { toolArguments, unpackingFailure } from './unpacking.ts'

/** What is to be loaded on the machine inside the zone, out of files that it sees itself. */
export interface LoadThere {
  /** Absolute there: the dump; for one of COPY streams, the backup’s directory. */
  readonly path: string
  readonly manifest: Manifest | undefined
  readonly sha256: string | undefined
  readonly database: string
  readonly user: string
  readonly most: number
  readonly bound: string
  /** Of the live database, with which the dump must agree. */
  readonly live: string | undefined
  readonly major: number
  readonly signal: AbortSignal
}

/** Loads backups on the machine that holds the disposable database: their rows never come here. */
export interface Loader {
  load(work: LoadThere): Promise<void>
}

const TIMEOUT_MS = 3_600_000
const OUTPUT_BYTES = 64_000

/** Every step is a pipeline there; what comes back are names, sums and complaints. */
const STEPS = `set -o pipefail; export LC_ALL=C
look() { head -c 4096 -- "$1" | base64; }
look_packed() { { unpack "$1" "$2" 2>/dev/null || :; } | head -c 4096 | base64; }
size_packed() { bytes=$(unpack "$1" "$2" | head -c "$3" | wc -c) || [ "$bytes" -eq "$3" ] || return 1; echo "$bytes"; }
unpack() {
  command -v -- "$1" >/dev/null || { echo "$1: command not found" >&2; return 127; }
  if [ "$1" = xz ]; then xz ${toolArguments('xz').join(' ')} -- "$2"; else "$1" -dc -- "$2"; fi
}
sums() { cd -- "$1" && shift && sha256sum -- "$@"; }
tool() { docker exec -i --user postgres "$CONTAINER" "$@"; }
sql() { tool psql --no-psqlrc --quiet --single-transaction --set=ON_ERROR_STOP=1 -U "$OWNER" -d "$DATABASE" -f - >/dev/null; }
plain() { cat -- "$1" | sql; }
plain_packed() { unpack "$1" "$2" | sql; }
archive() { cat -- "$1" | tool pg_restore ${RESTORE.join(' ')} -U "$OWNER" -d "$DATABASE"; }
archive_packed() { unpack "$1" "$2" | tool pg_restore ${RESTORE.join(' ')} -U "$OWNER" -d "$DATABASE"; }
copies() {
  { gzip -dc -- "$1/database/1-before.sql.gz" &&
    gzip -dc -- "$1/database/1-before.sql.gz" | sed -n 's/^-- \\(database[^:]*\\): \\(COPY .*\\)$/\\1|\\2/p' | while IFS='|' read -r file copy; do
      printf '%s;\\n' "$copy" && gzip -dc -- "$1/$file" && printf '%s\\n' '\\.' || exit 1
    done && gzip -dc -- "$1/database/3-after.sql.gz"; } | sql
}
step=$1; shift; "$step" "$@"`

export function loaderThere(shell: Shell, container: string): Loader {
  const run = async (step: string, argv: readonly string[], { user, database, signal }: LoadThere): Promise<string> => {
    const environment = [`CONTAINER=${container}`, `OWNER=${user}`, `DATABASE=${database}`]
    const command = ['env', ...environment, 'bash', '-c', STEPS, 'bash', step, ...argv]
    const { exitCode, stdout, stderr } = await shell.run(command, { timeoutMs: TIMEOUT_MS, maxBytes: OUTPUT_BYTES, signal })
    if (exitCode === 0) return stdout
    throw broken(step, argv, { exitCode, complaint: stderr })
  }
  return {
    async load(work) {
      if (work.manifest?.database.method === 'copy') {
        await requireSums(work, run)
        await run('copies', [work.path], work)
        return
      }
      await requireSum(work, run)
      const outer = Buffer.from(await run('look', [work.path], work), 'base64')
      const packed = recognise(outer)
      const by = packed.kind === 'packed' ? packed.by : undefined
      const place = by === undefined ? [work.path] : [by, work.path]
      if (by !== undefined) await requireSize(work, by, run)
      const head = by === undefined ? outer : Buffer.from(await run('look_packed', place, work), 'base64')
      const form: Form = by === undefined ? packed : recognise(head)
      const refused = loadRefusal(work.path, form, by) ?? problemOfHead(form, head, work) ?? clusterRefusal(work.path, form, head)
      if (refused !== undefined) throw refused
      await run(`${form.kind}${by === undefined ? '' : '_packed'}`, place, work)
    },
  }
}

type Run = (step: string, argv: readonly string[], work: LoadThere) => Promise<string>

async function requireSum(work: LoadThere, run: Run): Promise<void> {
  if (work.sha256 === undefined) return
  const found = (await run('sums', ['/', work.path], work)).slice(0, 64)
  if (found !== work.sha256)
    throw new BrokenBackup('altered', `${work.path} was altered: its checksum is not the one that was noted when it was taken`)
}

async function requireSums(work: LoadThere, run: Run): Promise<void> {
  const files = (work.manifest?.files ?? []).filter(({ path }) => path.startsWith('database/'))
  const found = await run('sums', [work.path, ...files.map(({ path }) => path)], work)
  for (const { path, sha256 } of files)
    if (!found.includes(`${sha256}  ${path}`))
      throw new BrokenBackup('altered', `${path} was altered: its checksum is not the one in the manifest`)
}

/** Unpacks it once for nothing: a bomb or a damaged file must not reach the database. */
async function requireSize(work: LoadThere, by: Packing, run: Run): Promise<void> {
  const bytes = Number(await run('size_packed', [by, work.path, String(work.most + 1)], work))
  if (bytes > work.most)
    throw new BrokenBackup(
      'bomb',
      `${work.path} unpacks to more than ${work.most} bytes (${work.bound}); unpacking was stopped there`,
    )
}

/** psql would change to each of its databases, and make its roles anew. */
function clusterRefusal(path: string, { kind }: Form, head: Buffer): BrokenBackup | undefined {
  if (kind !== 'plain' || !isOfCluster(head)) return undefined
  return new BrokenBackup(
    'not-here',
    `${path} is a dump of a whole cluster, of which no single database is restored inside the zone`,
  )
}

interface Ended {
  readonly exitCode: number
  readonly complaint: string
}

function broken(step: string, [by = '']: readonly string[], { exitCode, complaint }: Ended): Error {
  const text = complaint.trim().slice(0, 1_000)
  if (/No such file/i.test(text)) return new BrokenBackup('missing', `it was removed while it was read: ${text}`)
  if (step === 'size_packed' && !/Permission denied/i.test(text)) return unpackingFailure(by, text)
  if (/Permission denied/i.test(text)) return new BrokenBackup('unreadable', `our account may not read it: ${text}`)
  const tool = step.startsWith('archive') ? 'pg_restore' : 'psql'
  return new Error(`${tool} ended with ${exitCode}: ${text || 'no message'}`)
}
