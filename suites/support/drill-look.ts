import type { FailedCheck, LookKind } from '../../src/procedures/drill-stage.ts'
import type { TargetSpec } from '../../src/targets/schema.ts'

/** Checks of the runbook that notice a bad release: those that leave a mark at most, and those that put it under load. */
const CHECKS: Readonly<Record<LookKind, readonly string[]>> = {
  marks: [
    ...['POST-01', 'POST-02', 'POST-03', 'POST-21', 'POST-22', 'POST-23', 'POST-24', 'POST-25', 'POST-27'],
    ...['DEP-22', 'DEP-34', 'DEP-35', 'DEP-36', 'DEP-37', 'DEP-60', 'DEP-61'],
  ],
  load: ['PERF-01', 'PERF-02', 'PERF-03', 'PERF-04'],
}
/** Where a hook is stored after that many milliseconds it is stored at once; the runbook allows a slow system more. */
const STORED_WITHIN_MS = 2_000

export interface DrillView {
  /** The target that the drill is held on. */
  readonly spec: TargetSpec
  readonly secrets: Readonly<Record<string, string>>
  /** Where each service of the drill listens; those that do not run are left out. */
  readonly urls: Readonly<Record<string, string>>
  readonly database: { readonly host: string; readonly port: number; readonly database: string }
  readonly topicPrefix: string
  /** The compose project of the drill's containers, where it has any. */
  readonly project: string | undefined
  /** The schema version that the release in force brings. */
  readonly schemaVersion: string
  readonly signal: AbortSignal
}

/** Looks with checks of the runbook at the drill's release instead of the target's own, and tells which of them fail and why. */
export async function lookAtDrill(kind: LookKind, view: DrillView): Promise<FailedCheck[]> {
  const [{ lookWith }, { registeredChecks }] = await Promise.all([
    import('../../src/falsify/look.ts'),
    import('../../src/check.ts'),
    import('../postdeploy/endpoints.test.ts'),
    import('../postdeploy/hook.test.ts'),
    import('../deploy/database.test.ts'),
    import('../deploy/release.test.ts'),
    import('../deploy/services.test.ts'),
    import('../performance/load.test.ts'),
  ])
  const checks = registeredChecks().filter(({ id }) => CHECKS[kind].includes(id))
  const { secrets, signal } = view
  const looked = await lookWith(checks, { spec: drillSpec(view), secrets }, { signal })
  return [...looked.values()].flatMap(({ id, outcome, reason }) =>
    outcome === 'failed' ? [{ id, why: reason.split('\n', 1)[0] ?? '' }] : [],
  )
}

/** The target as a release of the drill shows itself: no gateway, no names, its own database, topics and containers. */
function drillSpec({ spec, urls, database, topicPrefix, project, schemaVersion }: DrillView): TargetSpec {
  const services = Object.entries(spec.services).map(([name, service]) => {
    // A service that does not run refuses, as it would refuse its users.
    const url = urls[name] ?? 'http://127.0.0.1:1'
    return [name, { ...service, url, public: url }] as const
  })
  return {
    ...spec,
    name: `${spec.name}-drill`,
    services: Object.fromEntries(services),
    gateways: {},
    ...(spec.postgres && { postgres: { ...spec.postgres, ...database } }),
    ...(spec.compose && { compose: { ...spec.compose, project: project ?? '', services: Object.keys(urls) } }),
    names: { ...spec.names, topicPrefix },
    limits: { ...spec.limits, 'hook.within': STORED_WITHIN_MS },
    release: { services: {}, reversible: [], restoreOnly: [], configuration: {}, ...spec.release, schemaVersion },
  }
}
