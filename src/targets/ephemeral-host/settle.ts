import { readFile } from 'node:fs/promises'
import { scraped } from '../ephemeral/scraped.ts'
import type { HostContainer } from '../host-container/index.ts'
import type { TargetSpec } from '../schema.ts'
import type { Site } from './site.ts'

/** Starts what production has elsewhere, such as who takes notifications, on the network of the compose project. */
export async function startHelpers(
  host: HostContainer,
  spec: TargetSpec,
  { stack, had }: Pick<Site, 'stack' | 'had'>,
): Promise<void> {
  const network = `${spec.compose?.project ?? spec.name}_inner`
  for (const [name, { imageOf, files, command = [] }] of Object.entries(stack.helpers)) {
    const image = had.get(imageOf)
    if (image === undefined) continue
    const mounts: string[] = []
    for (const [target, source] of Object.entries(files)) {
      const place = `/etc/${name}${target}`
      await host.put(place, await readFile(source, 'utf8'))
      mounts.push('--volume', `${place}:${target}:ro`)
    }
    await host.run([
      ...['docker', 'run', '--detach', '--name', name, '--network', network, '--network-alias', name],
      ...['--restart', 'unless-stopped', '--memory', '64m', '--security-opt', 'no-new-privileges:true'],
      ...mounts,
      image.id,
      ...command,
    ])
  }
}

/** Waits until everything was scraped once. `spec` has near ends. */
export async function settle({ prometheus, monitoring }: TargetSpec, signal: AbortSignal): Promise<void> {
  if (prometheus !== undefined) await scraped(prometheus.url, monitoring, signal)
}
