import path from 'node:path'
import {
  type HostFacts,
  type HostPaths,
  type HostTree,
  prepareBackups,
  prepareEmbeddedHost,
  SECRET_FILES,
} from '../../../fixtures/embedded/index.ts'
import type { PublicCertificate } from '../disposable/public-certificates.ts'
import type { TargetSpec } from '../schema.ts'
import type { ServiceControl } from './control.ts'
import type { Gateway } from './gateway.ts'
import type { Postgres } from './postgres.ts'

/** How a published port is held on a host with containers. */
const PORT_HOLDER = 'docker-proxy'

export interface HostParts {
  readonly spec: TargetSpec
  readonly root: string
  readonly now: Date
  /** By their key in the target. */
  readonly secrets: Readonly<Record<string, string>>
  readonly certificates: readonly PublicCertificate[]
  readonly authority: string
  readonly services: Readonly<Record<string, ServiceControl>>
  readonly gateway: Gateway
  readonly postgres: Postgres | undefined
  readonly signal: AbortSignal
}

/** The host's tree, in agreement with what really runs, with backups of the database that really runs. */
export async function prepareHost(parts: HostParts): Promise<HostTree> {
  const { root, spec, secrets, postgres, signal, now } = parts
  const paths = pathsOf(spec)
  const tree = await prepareEmbeddedHost(root, factsOf(parts, paths))
  if (postgres !== undefined && spec.postgres !== undefined) {
    const { database, user } = spec.postgres
    await prepareBackups({
      now,
      root,
      signal,
      backups: spec.paths.backups,
      composeFile: paths.composeFile,
      configuration: [spec.paths.envFile, paths.composeFile, paths.prometheusConfig],
      database: { host: postgres.host, port: postgres.port, database, user, password: secrets['postgres.password'] ?? '' },
    })
  }
  return tree
}

function pathsOf({ paths, compose }: TargetSpec): HostPaths {
  const { application, monitoring, prometheusConfig, prometheusRules, deployLog, backups } = paths
  const composeFile = compose?.file ?? `${application}/compose.yml`
  return { application, monitoring, prometheusConfig, prometheusRules, composeFile, deployLog, backups }
}

function factsOf(parts: HostParts, paths: HostPaths): HostFacts {
  const { spec, now, secrets, certificates, authority, services, gateway, postgres } = parts
  const servicePorts = Object.fromEntries(Object.entries(services).map(([name, { port }]) => [name, port]))
  return {
    now,
    paths,
    servicePorts,
    certificates: {
      [path.basename(spec.paths.ca)]: authority,
      ...Object.fromEntries(certificates.map(({ certificateFile, issued }) => [certificateFile, issued.certificate])),
    },
    keys: Object.fromEntries(certificates.map(({ keyFile, issued }) => [keyFile, issued.key])),
    secrets: Object.fromEntries(Object.entries(SECRET_FILES).map(([key, file]) => [file, secrets[key] ?? ''])),
    listeners: [
      ...Object.values(servicePorts).map((port) => ({ process: PORT_HOLDER, port })),
      ...(postgres === undefined ? [] : [{ process: PORT_HOLDER, port: postgres.port }]),
      { process: PORT_HOLDER, port: gateway.port },
      { process: PORT_HOLDER, port: gateway.plainPort },
    ],
  }
}
