import { z } from 'zod'
import type { Facts } from '../host/facts.ts'
import type { Access, Probe, ProbeTemplate } from '../probe.ts'
import { hostFact } from '../probes/host.ts'
import { type KafkaEnd, kafkaEnds } from '../probes/kafka.ts'
import { type LiveSchema, liveSchema, type RowCounts, type RowsAsked, rowCounts } from '../probes/postgres-schema.ts'
import { redis } from '../probes/redis.ts'
import { type Manifest, parseManifest, UnusableBackup } from '../procedures/manifest.ts'
import type { RollbackLoss } from '../report/rollback-loss.ts'
import type { Target } from '../targets/target.ts'
import { type Ask, askedOrUnknown } from './ask.ts'
import { declared } from './declared.ts'
import { schemaLoss } from './schema-loss.ts'
import { tableLosses } from './table-loss.ts'

/** The role of the host on which backups lie. */
const BACKUP_HOST = 'services'

/** What must be read to tell what a rollback would lose; undefined where the target has no such part. */
interface LossProbes {
  readonly backups: Probe<Facts<'backups'>> | undefined
  readonly schema: Probe<LiveSchema> | undefined
  readonly rows: ProbeTemplate<RowsAsked, RowCounts[]> | undefined
  readonly ends: Probe<KafkaEnd[]> | undefined
  readonly keys: Probe<number> | undefined
}

/** Everything that readRollbackLoss may touch on that target: reading only. */
export function lossAccesses(target: Target): Access[] {
  return Object.values(probesOf(target)).flatMap((probe) => (probe === undefined ? [] : [probe.access]))
}

/**
 * What rolling back now to the newest backup would lose, counted on the live system against the backup's manifest. What could
 * not be looked at is told as unknown; it never throws for what the target does.
 */
export async function readRollbackLoss(target: Target, ask: Ask, now: Date): Promise<RollbackLoss> {
  const probes = probesOf(target)
  const unknown: string[] = []
  const facts = await askedOrUnknown(ask, probes.backups, unknown)
  const backup = facts === undefined ? undefined : manifestOf(facts, unknown)
  const at = now.toISOString()
  if (backup === undefined) return { at, backup: null, tables: [], topics: [], keys: null, schema: NO_SCHEMA, unknown }
  const { manifest, path } = backup
  const [live, ends, keys] = await Promise.all([
    askedOrUnknown(ask, probes.schema, unknown),
    askedOrUnknown(ask, manifest.kafka === undefined ? undefined : probes.ends, unknown),
    askedOrUnknown(ask, manifest.redis === undefined ? undefined : probes.keys, unknown),
  ])
  const wanted = { tables: live?.tables ?? [], since: manifest.takenAt }
  const rows = live === undefined ? undefined : await askedOrUnknown(ask, probes.rows?.with(wanted), unknown)
  return {
    at,
    backup: { path, takenAt: manifest.takenAt },
    tables: live === undefined || rows === undefined ? [] : tableLosses(manifest, live, rows),
    topics: ends === undefined ? [] : topicLosses(manifest, ends),
    keys: keys === undefined || manifest.redis === undefined ? null : { was: manifest.redis.keys, now: keys },
    schema: live === undefined ? NO_SCHEMA : schemaLoss(manifest, live, rows ?? [], target.spec.release),
    unknown,
  }
}

const NO_SCHEMA: RollbackLoss['schema'] = {
  state: 'unknown',
  was: null,
  now: null,
  wayBack: 'Whether the schema can go back is not known.',
  vanishing: [],
}

function probesOf(target: Target): LossProbes {
  const { spec } = target
  const has = (part: string): boolean => spec.parts[part] === undefined || spec.parts[part] === 'optional'
  const postgres = has('postgres') ? spec.postgres : undefined
  return {
    backups: declared(() => hostFact(target, BACKUP_HOST, 'backups')),
    schema: postgres && liveSchema(postgres),
    rows: postgres && rowCounts(postgres),
    ends: has('kafka') && spec.kafka !== undefined ? kafkaEnds(spec.kafka) : undefined,
    keys: has('redis') && spec.redis !== undefined ? redis(spec.redis, { command: 'DBSIZE', reply: z.number() }) : undefined,
  }
}

function manifestOf(
  { directory, newestManifest: { path, text } }: Facts<'backups'>,
  unknown: string[],
): { readonly path: string; readonly manifest: Manifest } | undefined {
  if (text === '') {
    unknown.push(`the newest backup in ${directory.path} has no manifest; take one with the backup procedure of this runbook`)
    return undefined
  }
  try {
    return { path: path.replace(/\/[^/]*$/, ''), manifest: parseManifest(text, path) }
  } catch (error) {
    if (!(error instanceof UnusableBackup)) throw error
    unknown.push(error.message)
    return undefined
  }
}

/** Kafka is not taken back: what came since stays there, and belongs to rows that would be gone. */
function topicLosses({ kafka }: Manifest, ends: readonly KafkaEnd[]): RollbackLoss['topics'] {
  const then = new Map(kafka?.topics.map(({ name, partition, offset }) => [`${name}/${partition}`, offset]))
  const now = new Set(ends.map(({ topic }) => topic))
  const gone = new Set(kafka?.topics.flatMap(({ name }) => (now.has(name) ? [] : [name])))
  const since = [...Map.groupBy(ends, ({ topic }) => topic)].map(([topic, partitions]) => {
    const moved = partitions.map(({ partition, end }) => end - (then.get(`${topic}/${partition}`) ?? 0))
    const isReset = moved.some((events) => events < 0)
    return {
      topic,
      events: moved.reduce((total, events) => total + Math.max(0, events), 0),
      note: isReset ? 'it was deleted and made again since the backup, so not all can be counted' : '',
    }
  })
  return [...since, ...[...gone].map((topic) => ({ topic, events: 0, note: 'it is not there any more' }))].toSorted((a, b) =>
    a.topic.localeCompare(b.topic),
  )
}
