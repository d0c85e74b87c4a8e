import { type Diagnostic, diagnosticsFor } from '../diagnostics.ts'
import type { Effect } from '../effect.ts'
import { Observer } from '../observe.ts'
import type { Access } from '../probe.ts'
import { cap, createRedactor } from '../redact.ts'
import type { Report } from '../report/model.ts'
import type { ReportStore } from '../report/store.ts'
import type { Started } from '../targets/started.ts'
import { Target } from '../targets/target.ts'

/** All of it together may take so long; what has not come by then is left out. */
const DEADLINE_MS = 30_000
const MOST_BYTES = 200_000

export interface Suspicion {
  readonly runId: string
  readonly started: Started
  readonly allows: readonly Effect[]
  /** What the failed checks touched. */
  readonly accesses: readonly Access[]
  readonly store: ReportStore
  readonly signal: AbortSignal
}

/**
 * Runs the runbook's own troubleshooting for what failed: reading only, once an area, bounded in time and size, redacted, each
 * into a file of its own. What could not be had is a file that says why.
 */
export async function diagnose(suspicion: Suspicion): Promise<Report['diagnostics']> {
  const { runId, started, allows, accesses, store, signal } = suspicion
  const redact = createRedactor(Object.values(started.secrets))
  const observer = new Observer({
    runId,
    allows,
    secrets: started.secrets,
    forwarded: started.spec.forwarded,
    onAccess: () => undefined,
  })
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)])
  const collect = async ({ area, title, probe }: Diagnostic): Promise<Report['diagnostics'][number]> => {
    const { reading, error } = await observer.fresh(probe, bounded)
    const text = reading?.value ?? `could not be looked at: ${error?.message ?? 'no reason was given'}`
    const reproduce = redact(probe.access.reproduce)
    const file = await store.addDiagnostic(`${area}-${title}.txt`, `$ ${reproduce}\n\n${cap(redact(text), MOST_BYTES)}\n`)
    return { area, title, reproduce, file }
  }
  try {
    return await Promise.all(diagnosticsFor(new Target(started.spec), accesses).map(collect))
  } finally {
    await observer.close()
  }
}
