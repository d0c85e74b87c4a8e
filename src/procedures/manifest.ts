import { z } from 'zod'
import { visible } from '../report/text.ts'

/** The file in a backup's directory that says what the backup holds; written last, so a backup without one is incomplete. */
export const MANIFEST_FILE = 'manifest.json'
/** The folder of a backup that holds copies of the configuration files. */
export const CONFIGURATION_FOLDER = 'config'
/** The file of a backup that holds the broker's log: a tar of its files, without their indexes. */
export const EVENTS_FILE = 'kafka/log.tar.gz'
/** The one version of the format that this code reads and writes. */
export const BACKUP_FORMAT = 'runbook-backup@1'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')
const count = z.int().min(0)
/** A path inside the backup: it must not be able to leave it. */
const inside = z
  .string()
  .regex(/^[^/\\\0-\x1f][^\\\0-\x1f]*$/, 'expected a path relative to the backup')
  .refine((path) => !path.split('/').includes('..'), 'expected a path that does not leave the backup')

const fileSchema = z.strictObject({
  path: inside.describe('Relative to the backup, such as database/hook_events.copy.gz.'),
  sha256,
  bytes: count.describe('Size as stored.'),
  contentBytes: count.describe('Size once unpacked; equal to bytes where the file is not packed.'),
})
export type BackupFile = z.infer<typeof fileSchema>

const tableSchema = z.strictObject({
  name: z.string().min(1),
  rows: count.describe('Counted in the snapshot that was dumped.'),
  newest: z.iso.datetime().nullable().describe('Time of the newest row in that snapshot; null where no row or no such column.'),
  columns: z
    .array(z.string())
    .optional()
    .describe('Its columns, generated ones apart: what came later would go with a rollback.'),
})
export type BackupTable = z.infer<typeof tableSchema>

const databaseSchema = z.strictObject({
  name: z.string().min(1),
  serverVersion: z.int().min(90_000).describe('server_version_num, such as 150018.'),
  method: z.enum(['pg_dump', 'copy']),
  schemaHash: sha256.describe('Of the catalog, see schema-hash.ts.'),
  /** The migration the database was at; null where it keeps no list of migrations. */
  schemaVersion: z.string().nullable(),
  tables: z.array(tableSchema).min(1),
})
export type BackupDatabase = z.infer<typeof databaseSchema>

/** What a backup holds and what was true when it was taken; validated whenever one is read. */
export const manifestSchema = z.strictObject({
  format: z.literal(BACKUP_FORMAT),
  takenAt: z.iso.datetime().describe('UTC time at which the snapshot was taken.'),
  tookMs: z.number().min(0).describe('How long the whole backup took.'),
  database: databaseSchema,
  /** Every file of the backup but the manifest itself. */
  files: z.array(fileSchema).min(1),
  /** Service → digest of the image that ran when the backup was taken: what a rollback starts again. */
  images: z.record(z.string(), z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256:…')),
  /** Which copied file stands for which file of the host. */
  configuration: z.array(
    z.strictObject({ path: inside, original: z.string().startsWith('/'), mode: z.string().regex(/^[0-7]{4}$/) }),
  ),
  /** Folders that were copied whole: a file found there at a restore and not listed above was added since. */
  configurationFolders: z.array(z.string().startsWith('/')).default([]),
  kafka: z
    .strictObject({
      topics: z.array(z.strictObject({ name: z.string(), partition: count, offset: count })),
      log: inside.optional().describe('The broker’s log, packed: the events themselves. Absent: they are not in the backup.'),
    })
    .optional()
    .describe('End offsets at the time of the snapshot.'),
  redis: z.strictObject({ path: inside, keys: count }).optional().describe('A snapshot file (RDB) and how many keys it holds.'),
})
export type Manifest = z.infer<typeof manifestSchema>

/** A backup that cannot be used: incomplete, altered, of another version, or too large for what it says of itself. */
export class UnusableBackup extends Error {
  override readonly name = 'UnusableBackup'

  constructor(message: string, options?: ErrorOptions) {
    super(visible(message), options)
  }
}

/** Reads the text of a manifest. @throws UnusableBackup naming the backup and every mistake. */
export function parseManifest(text: string, where: string): Manifest {
  const parsed = manifestSchema.safeParse(parseJson(text, where))
  if (parsed.success) return parsed.data
  const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'manifest'}: ${issue.message}`)
  throw new UnusableBackup(`${where}: the manifest is not one of ${BACKUP_FORMAT}: ${mistakes.join('; ')}`)
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UnusableBackup(`${where}: the manifest is no JSON (${error instanceof Error ? error.message : String(error)})`, {
      cause: error,
    })
  }
}

/** The name of a backup's directory: the UTC time at which it was begun, `20260102_030405`. */
export function backupName(at: Date): string {
  return at
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .replace('T', '_')
}

/** When a backup was begun, by its directory's name; undefined where the name is not one of ours. */
export function backupTime(name: string): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)$/.exec(name)
  if (parts === null) return undefined
  const [, year, month, day, hour, minute, second] = parts
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(at.getTime()) ? undefined : at
}
