import { z } from 'zod'
import type { Probe, ProbeTemplate } from '../../src/probe.ts'
import { type SqlOptions, sql } from '../../src/probes/postgres.ts'
import type { Target } from '../../src/targets/target.ts'

const storedHook = z.object({
  id: z.string(),
  source: z.string(),
  action: z.string(),
  resource: z.string(),
  resource_id: z.string(),
  payload: z.unknown(),
})
export type StoredHook = z.infer<typeof storedHook>

const storedMetric = z.object({ processing_time_ms: z.coerce.number(), kafka_publish_success: z.boolean().nullable() })
export type StoredMetric = z.infer<typeof storedMetric>

/** Stands for an event id until there is one. */
const NO_EVENT = '00000000-0000-0000-0000-000000000000'

/** The rows of hook_events with that event id. */
export function rowsOfEvent(target: Target): ProbeTemplate<string, StoredHook[]> {
  return byEvent(target, {
    operation: 'SELECT the row of a synthetic hook FROM hook_events',
    text: `SELECT id::text, source, action, resource, resource_id, payload FROM hook_events WHERE id = $1::uuid`,
    row: storedHook,
  })
}

/** The rows of event_metrics with that event id. */
export function metricsOfEvent(target: Target): ProbeTemplate<string, StoredMetric[]> {
  return byEvent(target, {
    operation: 'SELECT the row of a synthetic hook FROM event_metrics',
    text: `SELECT processing_time_ms::float8, kafka_publish_success FROM event_metrics WHERE event_id::text = $1`,
    row: storedMetric,
  })
}

/** The event ids of every row of hook_events with that resource_id. */
export function eventsOfResource(target: Target, resourceId: string): Probe<{ readonly id: string }[]> {
  return sql(target.part('postgres'), {
    operation: 'SELECT every row of a synthetic hook FROM hook_events',
    text: 'SELECT id::text FROM hook_events WHERE resource_id = $1',
    values: [resourceId],
    row: z.object({ id: z.string() }),
  })
}

function byEvent<Row>(target: Target, options: Omit<SqlOptions<Row>, 'values'>): ProbeTemplate<string, Row[]> {
  const rowsOf = (eventId: string): Probe<Row[]> => sql(target.part('postgres'), { ...options, values: [eventId] })
  return { access: rowsOf(NO_EVENT).access, with: rowsOf }
}
