import { z } from 'zod'
import type { Probe, ProbeTemplate } from '../../src/probe.ts'
import { sql } from '../../src/probes/postgres.ts'
import type { PostgresSpec } from '../../src/targets/schema.ts'

export interface Period {
  /** ISO 8601; exclusive. */
  readonly after: string
  /** ISO 8601; inclusive. */
  readonly until: string
}

export interface Written {
  readonly rows: number
  readonly newest: Date | null
}

const row = z.object({ rows: z.coerce.number(), newest: z.date().nullable() })

/** How many hooks were stored in a period, and when the last of them was. */
export function writtenBetween(postgres: PostgresSpec): ProbeTemplate<Period, Written[]> {
  const ask = (values: readonly unknown[]): Probe<Written[]> =>
    sql(postgres, {
      operation: 'SELECT count and newest created_at FROM hook_events of a period',
      text: 'SELECT count(*) AS rows, max(created_at) AS newest FROM hook_events WHERE created_at > $1 AND created_at <= $2',
      values,
      row,
    })
  return { access: ask([]).access, with: ({ after, until }) => ask([after, until]) }
}
