import { z } from 'zod'

const DOCKER_PLAIN_PORT = 2375

const daemonSchema = z.looseObject({
  hosts: z.array(z.string()).default([]),
  tlsverify: z.boolean().default(false),
  'insecure-registries': z.array(z.string()).default([]),
})

/** How the engine may be entered or fed from outside, in words; whoever speaks to the engine is root on its host. */
export function exposedEngine(
  daemonJson: string,
  listeners: readonly { readonly address: string; readonly port: number }[],
): string[] {
  const plain = listeners
    .filter(({ port }) => port === DOCKER_PLAIN_PORT)
    .map(({ address, port }) => `${address}:${port} is open`)
  const settings = parsed(daemonJson)
  if (typeof settings === 'string') return [...plain, settings]
  const tcp = settings.tlsverify ? [] : settings.hosts.filter((host) => host.startsWith('tcp:'))
  return [
    ...plain,
    ...tcp.map((host) => `daemon.json listens on ${host} without tlsverify`),
    ...settings['insecure-registries'].map((registry) => `daemon.json trusts ${registry} without TLS`),
  ]
}

/** The settings, or what is wrong with them; no file means the engine's defaults, which listen on no port. */
function parsed(text: string): z.infer<typeof daemonSchema> | string {
  try {
    const result = daemonSchema.safeParse(JSON.parse(text.trim() === '' ? '{}' : text))
    return result.success ? result.data : `daemon.json has another shape: ${z.prettifyError(result.error)}`
  } catch (error) {
    return `daemon.json is no JSON: ${error instanceof Error ? error.message : String(error)}`
  }
}
