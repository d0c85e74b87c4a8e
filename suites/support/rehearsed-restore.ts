import type { Judging } from '../../src/check.ts'
import type { Probe } from '../../src/probe.ts'
import { restoreRehearsal } from '../../src/probes/backup.ts'
import type { RehearsalReport, RestoredBackup } from '../../src/rehearsal/model.ts'
import type { Target } from '../../src/targets/target.ts'

/** What the application asks of its database all the time. */
const QUERIES = {
  'the latest hooks': 'SELECT id, source, action, payload FROM hook_events ORDER BY created_at DESC LIMIT 10',
  'hooks of one source': "SELECT count(*) FROM hook_events WHERE source = 'runbook-synthetic'",
  'hooks with their metric': 'SELECT count(*) FROM hook_events h LEFT JOIN event_metrics m ON m.event_id = h.id',
  'open sessions': 'SELECT * FROM service_sessions LIMIT 10',
} as const

/** The run's one rehearsal, shared by every check that asks for it. */
export function rehearsedRestore(target: Target): Probe<RehearsalReport> {
  const { host } = target.spec.rehearsal
  return restoreRehearsal({
    host: target.host('services'),
    backups: target.spec.paths.backups,
    live: target.part('postgres'),
    known: target.spec.names.tables,
    queries: QUERIES,
    rehearsal: target.spec.rehearsal,
    zone: host === undefined ? undefined : typeof host === 'string' ? target.host(host) : { role: 'rehearsal', ...host },
    isGenerated: target.kind !== 'live',
  })
}

/** What was restored; where nothing was, another line fails on that, and this one could not look. */
export function restoredOr({ unobserved }: Pick<Judging, 'unobserved'>, { restored, failed }: RehearsalReport): RestoredBackup {
  if (restored !== null) return restored
  const [newest] = failed
  return unobserved({
    id: 'rehearsal:nothing-restored',
    text: `no backup could be restored${newest === undefined ? ': there is none' : `; the newest, ${newest.name}: ${newest.problem}`}; see ROLL-20`,
  })
}

/** How old the newest backup is that comes back: what would be lost if the database were lost now. */
export function exposureOf(
  { restored, failed }: RehearsalReport,
  now: Date,
): { readonly hours: number | undefined; readonly words: string } {
  if (restored === null)
    return {
      hours: undefined,
      words: `none of the ${failed.length} that were tried could be restored: losing the database now would lose everything`,
    }
  const { name, takenAt } = restored
  if (takenAt === null) return { hours: undefined, words: `${name} came back; when it was taken, nothing tells` }
  const hours = (now.getTime() - Date.parse(takenAt)) / 3_600_000
  return { hours, words: `${name} came back: losing the database now would lose ${Math.round(hours * 10) / 10} hours` }
}
