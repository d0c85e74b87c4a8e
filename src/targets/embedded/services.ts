import { REFERENCE_SERVICES, type ReferenceOptions, type RunningService } from '../../../fixtures/services/index.ts'
import type { ServiceControl } from './control.ts'

/** Starts the reference service of that name. @throws Error where the product has none of that name. */
export async function startService(name: string, options: ReferenceOptions): Promise<ServiceControl> {
  const start = REFERENCE_SERVICES[name]
  if (start === undefined)
    throw new Error(
      `no reference service ${name}; known: ${Object.keys(REFERENCE_SERVICES).join(', ')}; declare \`parts: { ${name}: none }\``,
    )
  let running: RunningService | undefined = await start(options)
  const { port } = running
  return {
    port,
    running: () => running,
    async start() {
      running ??= await start({ ...options, port })
    },
    async stop() {
      const ending = running
      running = undefined
      await ending?.stop()
    },
  }
}
