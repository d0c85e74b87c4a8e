import { ensureImages } from '../../images/index.ts'
import { ADMINISTRATOR } from '../../targets/ephemeral/database.ts'
import { type StartedOnHost, startEphemeralHost } from '../../targets/ephemeral-host/index.ts'
import type { TargetSpec } from '../../targets/schema.ts'
import { orSilent } from '../fingerprint.ts'
import { engineStack } from '../stack/engine-stack.ts'
import type { Opening } from '../subject.ts'
import type { LiveHostControl } from './control.ts'

const ENGINE_MS = 5_000

/** Deploys the stack on a host, and gives its levers: those of the containers, by the host's own engine, and the host's. */
export async function openLiveHost(
  spec: TargetSpec,
  { workspace: { directory: runDirectory, watchdog }, signal }: Opening,
): Promise<{ readonly started: StartedOnHost; readonly control: LiveHostControl }> {
  const options = { spec, runDirectory, watchdog, signal, ensureImages, keep: false, onProgress: () => undefined }
  const started = await startEphemeralHost(options)
  const { host, secrets } = started
  const bash: LiveHostControl['bash'] = (script, ...argv) => host.run(['bash', '-c', script, 'bash', ...argv])
  const stack = engineStack({
    spec: started.spec,
    secrets,
    administrator: ADMINISTRATOR,
    composeFile: () => bash('cat "$1"', started.spec.compose?.file ?? ''),
    hostPath(place) {
      throw new Error(`${place} is on the host, and no path of this machine leads there`)
    },
  })
  const asked = async <T>(ask: () => Promise<T>, silent: T): Promise<T> => {
    const answer = await orSilent(ask, ENGINE_MS)
    return typeof answer === 'string' ? silent : answer
  }
  const control: LiveHostControl = {
    ...stack,
    bash,
    // A fault may keep the engine itself from answering.
    shapes: () => asked(() => stack.shapes(), { containers: 'not told' }),
    ailments: () => asked(() => stack.ailments(), ['the engine tells nothing']),
  }
  return { started, control }
}
