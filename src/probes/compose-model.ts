import type { ComposeVariable } from '../compose/variables.ts'

export type { ComposeVariable } from '../compose/variables.ts'

/** One port that a service publishes on its host. */
export interface PublishedPort {
  /** Empty: every address of the host. */
  readonly address: string
  /** As written, since it may be a range; empty: a port that the engine chooses. */
  readonly published: string
  readonly target: string
}

/** One service of a compose file, as far as a runbook asks. */
export interface ComposeService {
  readonly name: string
  /** Empty where the file builds it instead. */
  readonly image: string
  /** `sha256:…` where the image is pinned, otherwise empty. */
  readonly digest: string
  readonly ports: readonly PublishedPort[]
  readonly envFiles: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** As written, such as `512m`; empty: unlimited. */
  readonly memoryLimit: string
  readonly cpuLimit: string
  readonly hasHealthCheck: boolean
  /** Service → what is waited for: service_started, service_healthy, service_completed_successfully. */
  readonly dependsOn: Readonly<Record<string, string>>
  readonly isPrivileged: boolean
  /** Empty where the container has namespaces of its own. */
  readonly pidMode: string
  readonly networkMode: string
  readonly logDriver: string
  readonly logOptions: Readonly<Record<string, string>>
  readonly restart: string
  /** Left side of each mount: a path, or the name of a volume. */
  readonly mounts: readonly string[]
  readonly networks: readonly string[]
  readonly secrets: readonly string[]
  /** Profiles that must be asked for to start it. */
  readonly profiles: readonly string[]
}

/** A compose file as plain data; `problems` is empty where it is well-formed. */
export interface ComposeModel {
  readonly problems: readonly string[]
  readonly name: string
  readonly services: readonly ComposeService[]
  readonly variables: readonly ComposeVariable[]
  /** Names defined at the top level. */
  readonly networks: readonly string[]
  readonly volumes: readonly string[]
  readonly secrets: readonly string[]
}
