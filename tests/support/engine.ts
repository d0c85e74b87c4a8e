import { connectEngine, type Engine } from '../../src/targets/ephemeral/engine.ts'

/** The container engine of this machine, or why there is none: tests that need one are skipped with that reason. */
export async function engineHere(): Promise<{ readonly engine: Engine } | { readonly reason: string }> {
  try {
    return { engine: await connectEngine() }
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) }
  }
}
