import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ensureImages } from '../../src/images/index.ts'
import type { Engine } from '../../src/targets/ephemeral/engine.ts'
import { RUN_LABEL, runLabels } from '../../src/targets/ephemeral/labels.ts'
import { type HostContainer, startHostContainer } from '../../src/targets/host-container/index.ts'
import { startWatchdog, type Watchdog } from '../../src/watchdog/index.ts'

export interface TestHost extends HostContainer, AsyncDisposable {
  /** `name=value`, which everything of it carries at the engine. */
  readonly label: string
  readonly watchdog: Watchdog
  /** The test's own; its name is short enough for the sockets of ssh. */
  readonly directory: string
}

export interface TestHostOptions {
  readonly engine: Engine
  readonly hasEngine?: boolean
  readonly publish?: readonly number[]
  readonly signal: AbortSignal
}

/** A host container of one test: gone with it, however it ends. Its image is built first where it is not there. */
export async function testHost({ engine, hasEngine = false, publish = [], signal }: TestHostOptions): Promise<TestHost> {
  const obtained = (await ensureImages(['host'], { signal, onProgress: () => undefined })).get('host')
  if (obtained === undefined || 'unobtainable' in obtained)
    throw new Error(`no image of a host: ${obtained?.unobtainable ?? 'unknown'}`)
  const id = randomUUID()
  const label = `${RUN_LABEL}=${id}`
  const directory = await mkdtemp(path.join(tmpdir(), 'host-'))
  const watchdog = await startWatchdog()
  watchdog.guardDirectory(directory)
  watchdog.guardContainers({ engine: engine.address, label })
  const close = async (): Promise<void> => {
    await watchdog.stop()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const name = `test-host-${id.slice(0, 8)}`
    const { image } = obtained
    const host = await startHostContainer({
      engine,
      image,
      name,
      labels: runLabels(id, false),
      directory,
      hasEngine,
      publish,
      signal,
    })
    return { ...host, label, watchdog, directory, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}
