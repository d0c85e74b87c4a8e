import type { Report } from '../report/model.ts'
import type { TargetSpec } from './schema.ts'

/** A target that can be looked at: its description with real addresses, and the secrets that the description refers to. */
export interface Started {
  readonly spec: TargetSpec
  /** By their key in the description: `apiKey`, `postgres.password`. Never stored, always redacted. */
  readonly secrets: Readonly<Record<string, string>>
  readonly parts: Report['target']['parts']
  readonly release: Readonly<Record<string, string>>
  /** Hosts as they were really reached, where that tells more than the description. */
  readonly hosts?: Report['target']['hosts']
  /** Sentences for the report's head. */
  readonly notes: readonly string[]
  stop(): Promise<void>
}
