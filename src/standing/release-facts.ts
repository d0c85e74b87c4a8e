import type { Report } from '../report/model.ts'

/** What a release is, wherever that was told: by a manifest, by an earlier report, by a history, or by looking. */
export interface ReleaseFacts {
  /** Service → image digest or version. */
  readonly services: Readonly<Record<string, string>>
  readonly schemaVersion: string | null
  readonly schemaHash: string | null
  /** `compose of SERVICE` → the hash that compose gave its configuration; `file PATH` → SHA-256. */
  readonly configuration: Readonly<Record<string, string>>
}

const SCHEMA = 'schema'
const SCHEMA_HASH = 'schema hash'
const CONFIGURATION = /^(?:compose of|file) /

/** The key of a service's compose configuration. */
export function composeKey(service: string): string {
  return `compose of ${service}`
}

/** The key of a configuration file. */
export function fileKey(path: string): string {
  return `file ${path}`
}

/** The facts that a report's or a history's record of the release holds. */
export function factsOfRecord(record: Report['target']['release']): ReleaseFacts {
  const entries = Object.entries(record)
  const isConfiguration = (key: string): boolean => CONFIGURATION.test(key)
  return {
    services: Object.fromEntries(entries.filter(([key]) => key !== SCHEMA && key !== SCHEMA_HASH && !isConfiguration(key))),
    schemaVersion: record[SCHEMA] ?? null,
    schemaHash: record[SCHEMA_HASH] ?? null,
    configuration: Object.fromEntries(entries.filter(([key]) => isConfiguration(key))),
  }
}

/** The facts as a report keeps them. */
export function recordOfFacts({ services, schemaVersion, schemaHash, configuration }: ReleaseFacts): Report['target']['release'] {
  return {
    ...services,
    ...(schemaVersion === null ? {} : { [SCHEMA]: schemaVersion }),
    ...(schemaHash === null ? {} : { [SCHEMA_HASH]: schemaHash }),
    ...configuration,
  }
}
