import type { Chaining } from '../../src/check.ts'
import type { DrillReport } from '../../src/procedures/drill-report.ts'

const MINUTE_MS = 60_000

/** Puts a further drill's timeline into the report, apart from the first one's. */
export function drillEvents(name: string, { timeline }: DrillReport, { event }: Pick<Chaining, 'event'>): void {
  for (const entry of timeline) event({ ...entry, phase: `${name}: ${entry.phase}` })
}

/** Measures the recovery time, with its limit in milliseconds and what it went into; `name` tells a further drill. */
export function measureRecoveryTime(
  { rtoMs, rtoPhases }: Pick<DrillReport, 'rtoMs' | 'rtoPhases'>,
  limit: number,
  { measure }: Pick<Chaining, 'measure'>,
  name?: string,
): void {
  const of = name === undefined ? '' : ` (${name})`
  const told = { unit: 'ms', sampleCount: rtoMs === null ? 0 : 1, series: [] }
  measure({ ...told, name: `rollback.rto${of}`, value: rtoMs ?? 0, limit })
  for (const [index, phase] of rtoPhases.entries())
    measure({ ...told, name: `rollback.rto.${index + 1} ${phase.name}${of}`, value: phase.ms, limit: null })
}

/** What went wrong in a further drill, in words; measures its recovery time and what each store lost. */
export function drillProblems(
  name: string,
  report: DrillReport,
  { target, atMost, measure }: Pick<Chaining, 'target' | 'atMost' | 'measure'>,
): string[] {
  const { recovery } = target.spec
  const rto = atMost('rollback.rto', recovery.rtoMinutes, 'minutes') * MINUTE_MS
  const rpo = atMost('rollback.rpo', recovery.rpoMinutes, 'minutes') * MINUTE_MS
  const told = { sampleCount: 1, series: [] }
  const { rtoMs, losses, detection, rollback, digests, tables, schemaHash } = report
  measureRecoveryTime(report, rto, { measure }, name)
  measure({ name: `rollback.detection (${name})`, unit: 'ms', value: detection?.afterMs ?? 0, limit: null, ...told })
  for (const { store, lostMs } of losses)
    measure({ name: `rollback.rpo.${store} (${name})`, unit: 'ms', value: lostMs, limit: rpo, ...told })
  const problems = [
    ...(detection === null ? ['nobody noticed the bad release'] : []),
    ...(rollback.failure === '' ? [] : [`the rollback stopped: ${rollback.failure}`]),
    ...(rtoMs === null
      ? ['no hook was stored correctly afterwards']
      : rtoMs > rto
        ? [`recovery took ${Math.round(rtoMs)} ms`]
        : []),
    ...losses.flatMap(({ store, lostMs, lostBeforeBackup, duplicates, skewed, kept }) => [
      ...(lostMs > rpo ? [`${store} lost ${Math.round(lostMs)} ms of hooks`] : []),
      ...(kept === 0 ? [`${store} kept no hook`] : []),
      ...lostBeforeBackup.map((token) => `${store} lost ${token}, which the backup held`),
      ...duplicates.map((token) => `${store} holds ${token} twice`),
      ...skewed.map((token) => `${store} holds ${token}, another store does not`),
    ]),
    ...(JSON.stringify(digests.after) === JSON.stringify(digests.before) ? [] : ['other images run than before']),
    ...(schemaHash.restored === schemaHash.manifest ? [] : ['the schema is not that of the backup']),
    ...tables.flatMap((table) =>
      table.restored === table.manifest ? [] : [`${table.name} has ${table.restored} rows instead of ${table.manifest}`],
    ),
    ...troubleProblems(report.troubled),
  ]
  return problems.map((problem) => `${name}: ${problem}`)
}

/** What was made worse by rollbacks that met trouble, in words. */
export function troubleProblems(troubled: DrillReport['troubled']): string[] {
  return troubled.flatMap(({ trouble, stopped, step, changed, next }) => [
    ...(stopped ? [] : [`${trouble}: the rollback went through`]),
    ...(stopped && next === '' ? [`${trouble}: it stopped at ${step} without saying what to do next`] : []),
    ...changed.map((change) => `${trouble}: ${change}`),
  ])
}
