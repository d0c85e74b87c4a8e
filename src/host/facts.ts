import { z } from 'zod'
import type { Cause } from '../outcome.ts'
import { backupFacts, logFacts, logrotateFacts } from './facts/data.ts'
import { composeVersionFacts, engineFacts, unitFacts } from './facts/engine.ts'
import { directoryFacts, textFileFacts, worldWritableFacts } from './facts/files.ts'
import { clockFacts, diskFacts, loadFacts, machineFacts, osFacts, rebootFacts, swapFacts } from './facts/machine.ts'
import { connectivityFacts, firewallFacts, linkFacts, listenerFacts } from './facts/network.ts'
import { certificateFacts, keyFacts, keyFileFacts, secretContentFacts, secretFileFacts } from './facts/secrets.ts'
import { accountFacts, limitFacts, toolFacts, updateFacts } from './facts/system.ts'

/** What the collector can be asked, section by section; every fact about a host has its schema here. */
export const SECTIONS = {
  account: accountFacts,
  clock: clockFacts,
  machine: machineFacts,
  disks: diskFacts,
  links: linkFacts,
  os: osFacts,
  swap: swapFacts,
  reboot: rebootFacts,
  load: loadFacts,
  limits: limitFacts,
  tools: toolFacts,
  updates: updateFacts,
  engine: engineFacts,
  composeVersion: composeVersionFacts,
  units: unitFacts,
  directories: directoryFacts,
  worldWritable: worldWritableFacts,
  envFile: textFileFacts,
  composeFile: textFileFacts,
  prometheusConfig: textFileFacts,
  prometheusRules: z.strictObject({ files: z.array(textFileFacts) }),
  secretFiles: secretFileFacts,
  secretContents: secretContentFacts,
  certificates: certificateFacts,
  keyFiles: keyFileFacts,
  keys: keyFacts,
  listeners: listenerFacts,
  firewall: firewallFacts,
  connectivity: connectivityFacts,
  backups: backupFacts,
  deployLog: logFacts,
  rollbackLog: logFacts,
  logs: logrotateFacts,
} as const

export type SectionName = keyof typeof SECTIONS
export type Facts<S extends SectionName> = z.infer<(typeof SECTIONS)[S]>

/** A section that could not be looked at: why, and what would allow it (a sudoers line, a tool to install). */
export interface Missing {
  readonly ok: false
  readonly reason: string
  readonly remedy: string
  /** Where the way to the host was lost: the one cause of all that is missing. */
  readonly cause?: Cause
}

/** A section that was looked at: its facts, and the collector's literal text for the evidence. */
export interface Present<S extends SectionName> {
  readonly ok: true
  readonly facts: Facts<S>
}

/** Everything one round trip told about a host. */
export type HostFacts = { readonly [S in SectionName]: (Present<S> | Missing) & { readonly text: string } }
