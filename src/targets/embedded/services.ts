import type { generateSecrets, openServiceLogs } from '../../../fixtures/embedded/index.ts'
import {
  type EventLog,
  REFERENCE_SERVICES,
  type ReferenceOptions,
  type RunningService,
} from '../../../fixtures/services/index.ts'
import type { PublicCertificate } from '../disposable/public-certificates.ts'
import type { Stopping } from '../disposable/stopping.ts'
import type { TargetSpec } from '../schema.ts'
import type { ServiceControl } from './control.ts'
import type { Route } from './gateway.ts'
import type { Postgres } from './postgres.ts'
import { settled } from './settled.ts'

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

export interface Wiring {
  readonly postgres: Postgres | { readonly unavailable: string }
  readonly secrets: ReturnType<typeof generateSecrets>
  readonly events: EventLog
  readonly logTo: ReturnType<typeof openServiceLogs>['logTo']
}

/** Starts every service that the target has, wired to its database and event log. */
export async function startServices(
  spec: TargetSpec,
  wiring: Wiring,
  stopping: Stopping,
): Promise<Record<string, ServiceControl>> {
  const { postgres, secrets, events, logTo } = wiring
  const names = Object.keys(spec.services).filter((name) => spec.parts[name] !== 'none')
  const entries = await settled(
    names.map(async (name) => {
      const service = await startService(name, {
        apiKey: secrets.apiKey,
        database: databaseOf(spec, postgres, secrets['postgres.password']),
        events,
        topicPrefix: spec.names.topicPrefix,
        log: logTo(name),
      })
      await stopping.add(() => service.stop())
      return [name, service] as const
    }),
  )
  return Object.fromEntries(entries)
}

function databaseOf(spec: TargetSpec, postgres: Wiring['postgres'], password: string): ReferenceOptions['database'] {
  if ('unavailable' in postgres || spec.postgres === undefined) return 'memory'
  const { user, database } = spec.postgres
  return { connection: { host: postgres.host, port: postgres.port, user, database, password } }
}

/** Each public name with the service behind it. */
export function routesOf(
  certificates: readonly PublicCertificate[],
  services: Readonly<Record<string, ServiceControl>>,
): Record<string, Route> {
  return Object.fromEntries(
    certificates.flatMap(({ service, names, issued }) =>
      names.map((name) => [name, { upstream: `http://127.0.0.1:${services[service]?.port ?? 0}`, certificate: issued }]),
    ),
  )
}
