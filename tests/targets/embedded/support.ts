import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type EmbeddedTarget, startEmbedded } from '../../../src/targets/embedded/index.ts'
import { startWatchdog } from '../../../src/watchdog/index.ts'

/** An embedded target with a directory and a watchdog of its own; `close` stops it and removes both. */
export async function openEmbedded(): Promise<{ readonly target: EmbeddedTarget; close(): Promise<void> }> {
  const watchdog = await startWatchdog()
  const runDirectory = await mkdtemp(path.join(os.tmpdir(), 'embedded-test-'))
  watchdog.guardDirectory(runDirectory)
  try {
    const target = await startEmbedded({ runDirectory, watchdog, signal: AbortSignal.timeout(120_000) })
    return {
      target,
      async close() {
        await target.stop()
        await rm(runDirectory, { recursive: true })
        await watchdog.stop()
      },
    }
  } catch (error) {
    await watchdog.stop()
    throw error
  }
}
