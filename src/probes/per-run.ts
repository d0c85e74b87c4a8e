import type { Probe } from '../probe.ts'

/** What stands for the run's id until there is one: in the plan and in the reproduce line. */
export const RUN_ID = 'RUN_ID'

/** A probe whose request carries the run's id, which only the run knows. */
export function perRun<T>(build: (runId: string) => Probe<T>): Probe<T> {
  return { ...build(RUN_ID), read: (session) => build(session.runId).read(session) }
}
