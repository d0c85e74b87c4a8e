import { stringify } from 'yaml'
import { z } from 'zod'
import { type ComposeSource, type RawService, withoutAbsent } from '../ephemeral/compose-file.ts'
import type { StackFile } from '../ephemeral/stack-file.ts'

export interface ComposeTextOptions {
  readonly stack: StackFile
  readonly source: ComposeSource
  readonly project: string
  /** Service → pinned reference; services that are not in it are left out. */
  readonly images: Readonly<Record<string, string>>
  /** Of the account that deploys. */
  readonly uid: number
  /** Of the group that may read the product's files. */
  readonly gid: number
  /** Port on which the public reaches the gateway's TLS: at that it is reached from the host and from outside as well. */
  readonly tlsPort?: number
  /** Processors that the host has: an engine refuses to grant more. */
  readonly cpus: number
}

/** How often health is asked for while a container starts. */
const STARTING = { start_period: '60s', start_interval: '300ms' }

const limitedSchema = z.looseObject({
  cpus: z.number().optional(),
  healthcheck: z.record(z.string(), z.unknown()).optional(),
})

/** The compose file as it lies on the host: the product's own, with this run's images, and no more processors than there are. */
export function composeText({ stack, source, project, images, uid, gid, cpus, tlsPort }: ComposeTextOptions): string {
  const filled = (text: string): string => text.replaceAll('@{UID}', String(uid)).replaceAll('@{GID}', String(gid))
  const services = Object.entries(source.services).flatMap(([name, service]): [string, RawService][] => {
    const image = images[name]
    if (image === undefined) return []
    const limited = limitedSchema.parse(service)
    const user = stack.users[name]
    return [
      [
        name,
        {
          ...withoutAbsent(service, images),
          image,
          ...(limited.cpus === undefined ? {} : { cpus: Math.min(limited.cpus, cpus) }),
          ...(limited.healthcheck === undefined ? {} : { healthcheck: { ...limited.healthcheck, ...STARTING } }),
          ...(name === stack.gateway.part && tlsPort !== undefined
            ? { ports: [...z.array(z.string()).parse(service.ports ?? []), `${tlsPort}:${stack.gateway.tls}`] }
            : {}),
          ...(user === undefined ? {} : { user: filled(user) }),
        },
      ],
    ]
  })
  const secrets = { ...z.record(z.string(), z.unknown()).parse(source.rest.secrets ?? {}), ...stack.secrets }
  const whole = { ...source.rest, name: project, secrets, services: Object.fromEntries(services) }
  return stringify(whole, { lineWidth: 0, aliasDuplicateObjects: false })
}
