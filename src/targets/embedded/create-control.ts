import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { EventLog } from '../../../fixtures/services/index.ts'
import type { Authority, Issued, IssueOptions } from '../disposable/certificates.ts'
import type { DnsServer } from '../disposable/dns-server.ts'
import type { PublicCertificate } from '../disposable/public-certificates.ts'
import type { TargetSpec } from '../schema.ts'
import type { EmbeddedControl, ServiceControl } from './control.ts'
import { adminSql } from './database.ts'
import type { Gateway } from './gateway.ts'
import type { Postgres } from './postgres.ts'

export interface ControlParts {
  readonly spec: TargetSpec
  readonly root: string
  readonly services: Readonly<Record<string, ServiceControl>>
  readonly gateway: Gateway
  readonly dns: readonly DnsServer[]
  readonly postgres: Postgres | undefined
  readonly events: EventLog
  readonly authority: Authority
  readonly certificates: readonly PublicCertificate[]
}

/** The levers of a started target. */
export function createControl(parts: ControlParts): EmbeddedControl {
  const { spec, root, services, gateway, dns, postgres, events, authority } = parts
  const hostPath = (place: string): string => path.join(root, place)
  return {
    spec,
    root,
    hostPath,
    services,
    gateway,
    dns,
    postgres,
    events,
    authorityCertificate: authority.certificate,
    issue: (options) => authority.issue(options),
    setBehaviour(name, behaviour) {
      const running = services[name]?.running()
      if (running === undefined) throw new Error(`${name} does not run on this target`)
      running.setBehaviour(behaviour)
    },
    async sql(text, values) {
      if (postgres === undefined || spec.postgres === undefined) throw new Error('no PostgreSQL runs on this target')
      return adminSql(postgres, spec.postgres.database, text, values)
    },
    reissueCertificate: (service, changes) => reissue(parts, service, changes),
  }
}

async function reissue(
  { spec, root, gateway, authority, certificates }: ControlParts,
  service: string,
  changes: Partial<IssueOptions>,
): Promise<() => Promise<void>> {
  const own = certificates.find((certificate) => certificate.service === service)
  if (own === undefined) throw new Error(`${service} has no certificate on this target`)
  const files = [
    path.join(root, spec.paths.certificates, own.certificateFile),
    path.join(root, spec.paths.keys, own.keyFile),
  ] as const
  const [certificate, key] = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  const install = async (issued: Issued): Promise<void> => {
    await Promise.all([writeFile(files[0], issued.certificate), writeFile(files[1], issued.key)])
    for (const name of own.names) {
      const route = gateway.routes()[name]
      if (route !== undefined) gateway.setRoute(name, { ...route, certificate: issued })
    }
  }
  const { securityLevel } = gateway.settings()
  // Only a server that was configured so presents such a key at all.
  if (changes.keyType === 'rsa-1024') gateway.configure({ securityLevel: 0 })
  await install(await authority.issue({ names: own.names, ...changes }))
  return async () => {
    gateway.configure({ securityLevel })
    await install({ certificate: certificate ?? '', key: key ?? '' })
  }
}
