import type { Judging } from '../../src/check.ts'
import type { Probe } from '../../src/probe.ts'
import { restoreRehearsal } from '../../src/probes/backup.ts'
import type { RehearsalReport, RestoredBackup } from '../../src/procedures/rehearsal.ts'
import type { Target } from '../../src/targets/target.ts'
import { ADMIN, requireDisposable } from './drilled.ts'

/** What the application asks of its database all the time. */
const QUERIES = {
  'the latest hooks': 'SELECT id, source, action, payload FROM hook_events ORDER BY created_at DESC LIMIT 10',
  'hooks of one source': "SELECT count(*) FROM hook_events WHERE source = 'runbook-synthetic'",
  'hooks with their metric': 'SELECT count(*) FROM hook_events h LEFT JOIN event_metrics m ON m.event_id = h.id',
  'open sessions': 'SELECT * FROM service_sessions LIMIT 10',
} as const

/** The run's one rehearsal, shared by every check that asks for it. */
export function rehearsedRestore(target: Target): Probe<RehearsalReport> {
  requireDisposable(target, 'the rehearsed restore')
  return restoreRehearsal({
    host: target.host('services'),
    backups: target.spec.paths.backups,
    sandbox: target.part('postgres'),
    adminUser: ADMIN,
    queries: QUERIES,
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
