import type { Cause } from '../outcome.ts'
import type { Facts, HostFacts, Missing, Present, SectionName } from './facts.ts'
import { SECTIONS } from './facts.ts'
import { cutSections, type Section } from './frame.ts'
import { backups, log, logs } from './sections/data.ts'
import { composeVersion, engine, units } from './sections/engine.ts'
import { directories, textFile, textFiles, worldWritable } from './sections/files.ts'
import { clock, load, machine, os, reboot, swap } from './sections/machine.ts'
import { connectivity, firewall, links, listeners } from './sections/network.ts'
import { certificates, keys, listing, secretContents } from './sections/secrets.ts'
import { disks } from './sections/storage.ts'
import { account, limits, tools, updates } from './sections/system.ts'

/** What a parser may need besides the section: the tree's root, which does not belong to a path. */
export interface ParseContext {
  readonly root: string
  readonly salt: string
  readonly exchange: Exchange
  /** Why the answer broke off, where that is known. */
  readonly lost?: Cause | undefined
}

/** When the round trip began and ended by the observer's clock, and ended by the host's (null: it broke off). Milliseconds since 1970. */
export interface Exchange {
  readonly startMs: number
  readonly endMs: number
  readonly hostEndMs: number | null
}

type Parser = (section: Section, context: ParseContext) => unknown

const PARSERS: { readonly [S in SectionName]: Parser } = {
  account,
  clock,
  machine,
  disks,
  links,
  os,
  swap,
  reboot,
  load,
  limits,
  tools,
  updates,
  engine,
  composeVersion,
  units,
  directories,
  worldWritable,
  envFile: textFile,
  composeFile: textFile,
  prometheusConfig: textFile,
  prometheusRules: textFiles,
  secretFiles: listing,
  secretContents,
  certificates,
  keyFiles: listing,
  keys,
  listeners,
  firewall,
  connectivity,
  backups,
  deployLog: log,
  rollbackLog: log,
  logs,
}

/** Makes facts of the collector's answer; a section that cannot be understood is missing, with the reason, and harms no other. */
export function parseFacts(answer: string, nonce: string, context: ParseContext): HostFacts {
  const sections = cutSections(answer, nonce)
  const names = Object.keys(SECTIONS) as SectionName[]
  return Object.fromEntries(names.map((name) => [name, parseSection(name, sections.get(name), context)])) as unknown as HostFacts
}

function parseSection<S extends SectionName>(name: S, section: Section | undefined, context: ParseContext): HostFacts[S] {
  if (section === undefined || !section.complete) {
    const found = missing(
      'the collector broke off before this section was done',
      'run it again; look at the connection and at the host’s load',
    )
    const lost = context.lost === undefined ? {} : { cause: context.lost, reason: context.lost.text }
    return { ...found, ...lost, text: section?.text ?? '' } as HostFacts[S]
  }
  const { text } = section
  if (section.failure !== null) return { ...missing(section.failure.reason, section.failure.remedy), text } as HostFacts[S]
  const found = understood(PARSERS[name], section, context)
  const parsed = SECTIONS[name].safeParse(found)
  if (parsed.success) return { ...({ ok: true, facts: parsed.data as Facts<S> } as Present<S>), text } as HostFacts[S]
  const where =
    found instanceof Error
      ? [found.message]
      : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).slice(0, 3)
  return {
    ...missing(`the host’s answer could not be understood (${where.join('; ')})`, 'report it with the answer below it'),
    text,
  } as HostFacts[S]
}

/** A parser meets whatever a host may send; what it cannot make sense of is an error that no schema accepts. */
function understood(parser: Parser, section: Section, context: ParseContext): unknown {
  try {
    return parser(section, context)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function missing(reason: string, remedy: string): Missing {
  return { ok: false, reason, remedy }
}
