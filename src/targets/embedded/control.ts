import type { Behaviour, EventLog, RunningService } from '../../../fixtures/services/index.ts'
import type { Issued, IssueOptions } from '../disposable/certificates.ts'
import type { DnsServer } from '../disposable/dns-server.ts'
import type { TargetSpec } from '../schema.ts'
import type { Gateway } from './gateway.ts'
import type { Postgres } from './postgres.ts'

/** A reference service of the run, which can be ended and started again on its port. */
export interface ServiceControl {
  readonly port: number
  running(): RunningService | undefined
  start(): Promise<void>
  stop(): Promise<void>
}

/** What faults and drills may do to an embedded target. Everything in it can be undone. */
export interface EmbeddedControl {
  /** The started target's description. */
  readonly spec: TargetSpec
  /** The directory that stands for the host's `/`. */
  readonly root: string
  /** A path of the host as a path of this machine. */
  hostPath(path: string): string
  readonly services: Readonly<Record<string, ServiceControl>>
  /** @throws Error where that service does not run. */
  setBehaviour(service: string, behaviour: Behaviour): void
  readonly gateway: Gateway
  readonly dns: readonly DnsServer[]
  /** undefined where no PostgreSQL runs on this platform. */
  readonly postgres: Postgres | undefined
  /** Runs SQL in the product's database as superuser; several statements where no values are given. @throws Error where there is no PostgreSQL. */
  sql(text: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Events that the hook-receiver has published. */
  readonly events: EventLog
  /** The PEM of the authority that the target trusts. */
  readonly authorityCertificate: string
  /** Puts another certificate onto the host and into the gateway for a service's names; returns what puts the former one back. */
  reissueCertificate(service: string, changes: Partial<IssueOptions>): Promise<() => Promise<void>>
  /** Makes a certificate of the run's authority without installing it. */
  issue(options: IssueOptions): Promise<Issued>
}
