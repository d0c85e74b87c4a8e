import path from 'node:path'
import { type EphemeralSecrets, prepareEphemeralHost, SECRET_FILES, scrapedJobs } from '../../../fixtures/ephemeral/index.ts'
import type { PublicCertificate } from '../disposable/public-certificates.ts'
import type { TargetSpec } from '../schema.ts'
import type { DeployedCompose } from './compose-file.ts'
import type { StackFile } from './stack-file.ts'

export interface HostParts {
  readonly spec: TargetSpec
  readonly stack: StackFile
  readonly root: string
  readonly now: Date
  readonly secrets: EphemeralSecrets
  readonly deployed: DeployedCompose
  readonly certificates: readonly PublicCertificate[]
  readonly authority: string
}

/** The host's tree, in agreement with what will run; the containers' files are copied from it. */
export function prepareHost(parts: HostParts): ReturnType<typeof prepareEphemeralHost> {
  const { spec, stack, root, now, secrets, deployed, certificates, authority } = parts
  return prepareEphemeralHost(root, {
    now,
    paths: spec.paths,
    certificates: {
      [path.basename(spec.paths.ca)]: authority,
      ...Object.fromEntries(certificates.map(({ certificateFile, issued }) => [certificateFile, issued.certificate])),
    },
    keys: Object.fromEntries(certificates.map(({ keyFile, issued }) => [keyFile, issued.key])),
    secrets: Object.fromEntries(
      Object.entries(SECRET_FILES).map(([key, file]) => [file, secrets[key as keyof typeof SECRET_FILES]]),
    ),
    variables: deployed.variables,
    compose: { file: composeFile(spec), text: deployed.text },
    tlsPort: gatewayPorts(stack, deployed).tls,
    ports: Object.values(deployed.ports).flatMap((pairs) => pairs.map(({ host }) => host)),
    monitoring: { ...spec.monitoring, parts: new Set(Object.keys(deployed.services)) },
  })
}

/** Where the compose file lies on the host. */
export function composeFile({ compose, paths }: TargetSpec): string {
  return compose?.file ?? `${paths.application}/compose.yml`
}

/** The ports of loopback on which the gateway is published; 0 where it does not run. */
export function gatewayPorts(
  { gateway }: StackFile,
  { ports }: DeployedCompose,
): { readonly tls: number; readonly plain: number } {
  const hostPort = (container: number): number => ports[gateway.part]?.find((pair) => pair.container === container)?.host ?? 0
  return { tls: hostPort(gateway.tls), plain: hostPort(gateway.plain) }
}

/** The jobs that this run's Prometheus scrapes. */
export function jobsOf({ services }: DeployedCompose): string[] {
  return scrapedJobs(new Set(Object.keys(services)))
}
