import type { TargetSpec } from '../targets/schema.ts'
import type { Facts, HostFacts, SectionName } from './facts.ts'
import { composeFileOf } from './questions.ts'

/** Something that a line asks for and that a host which answers does not have. */
export interface Absence {
  /** What tells it from every other thing of that host: its path, or a name. */
  readonly thing: string
  /** What it is, such as `the environment file`. */
  readonly what: string
  /** What is wrong with it, such as `is not there`. */
  readonly state: string
  /** What to do. */
  readonly advice: string
  /** What was asked for lies below it: whoever promises only that does not promise this. */
  readonly isAbove: boolean
}

interface Thing {
  readonly what: string
  readonly path: (spec: TargetSpec) => string
  /** Where the target file says where it is. */
  readonly setting: string
  /** What is wrong with it by what the host says of itself; empty where it is there. */
  readonly state: (facts: HostFacts) => string
}

const MISSING = 'is not there'

const APPLICATION: Thing = {
  what: 'the directory of the application',
  path: ({ paths }) => paths.application,
  setting: 'paths.application',
  state: () => '',
}

const TREES: readonly Thing[] = [
  APPLICATION,
  { what: 'the directory of monitoring', path: ({ paths }) => paths.monitoring, setting: 'paths.monitoring', state: () => '' },
]

const SECRETS: Thing = {
  what: 'the directory of secrets',
  path: ({ paths }) => paths.secrets,
  setting: 'paths.secrets',
  state: ({ secretFiles }) => told(secretFiles, holdsNothing),
}

const KEYS: Thing = {
  what: 'the directory of private keys',
  path: ({ paths }) => paths.keys,
  setting: 'paths.keys',
  state: ({ keyFiles }) => told(keyFiles, holdsNothing),
}

/** What each section is about, where that can be missing as a whole. */
const THINGS: { readonly [S in SectionName]?: Thing } = {
  directories: APPLICATION,
  envFile: {
    what: 'the environment file',
    path: ({ paths }) => paths.envFile,
    setting: 'paths.envFile',
    state: ({ envFile }) => told(envFile, unlessThere),
  },
  composeFile: {
    what: 'the compose file',
    path: composeFileOf,
    setting: 'compose.file',
    state: ({ composeFile }) => told(composeFile, unlessThere),
  },
  prometheusConfig: {
    what: 'the configuration of Prometheus',
    path: ({ paths }) => paths.prometheusConfig,
    setting: 'paths.prometheusConfig',
    state: ({ prometheusConfig }) => told(prometheusConfig, unlessThere),
  },
  prometheusRules: {
    what: 'the directory of alert rules',
    path: ({ paths }) => paths.prometheusRules,
    setting: 'paths.prometheusRules',
    state: ({ prometheusRules }) =>
      told(prometheusRules, ({ files }) => (files.some(({ exists }) => exists) ? '' : 'is not there, or holds no rule file')),
  },
  secretFiles: SECRETS,
  secretContents: SECRETS,
  certificates: {
    what: 'the directory of certificates',
    path: ({ paths }) => paths.certificates,
    setting: 'paths.certificates',
    state: ({ certificates }) => told(certificates, holdsNothing),
  },
  keyFiles: KEYS,
  keys: KEYS,
  backups: {
    what: 'the directory of backups',
    path: ({ paths }) => paths.backups,
    setting: 'paths.backups',
    state: ({ backups }) => told(backups, ({ directory }) => unlessThere(directory)),
  },
  deployLog: {
    what: 'the deployment log',
    path: ({ paths }) => paths.deployLog,
    setting: 'paths.deployLog',
    state: ({ deployLog }) => told(deployLog, unlessThere),
  },
  // Of these two the absence says something by itself; only a tree that is missing makes it worthless.
  rollbackLog: { what: '', path: ({ paths }) => paths.rollbackLog, setting: '', state: () => '' },
  logs: { what: '', path: ({ paths }) => `${paths.application}/logs`, setting: '', state: () => '' },
}

/**
 * What that section is about and the host does not have; nothing where it is there, or where nobody could look. Below the
 * tree of the application or of monitoring it is the tree that is missing.
 */
export function absenceOf(section: SectionName, facts: HostFacts, spec: TargetSpec): Absence | undefined {
  if (section === 'composeVersion') return noCompose(facts)
  const thing = THINGS[section]
  if (thing === undefined) return undefined
  const path = thing.path(spec)
  const tree = TREES.find((each) => isWithin(path, each.path(spec)) && isMissing(each.path(spec), facts))
  if (tree !== undefined) return absenceAt(tree.path(spec), { ...tree, state: MISSING, isAbove: tree.path(spec) !== path })
  const state = thing.state(facts)
  return state === '' ? undefined : absenceAt(path, { ...thing, state })
}

/** Something at a path. */
export function absenceAt(
  path: string,
  { what, state, setting, isAbove = false }: Pick<Absence, 'what' | 'state'> & { setting: string; isAbove?: boolean },
): Absence {
  const advice = `${state === MISSING ? 'put it there' : 'fill it'}, or correct ${setting} in the target file`
  return { thing: path, what: `${what} ${path}`, state, advice, isAbove }
}

/** The container engine, where its client gets no answer from it; nothing where it does. */
export function noEngine({ clientVersion, serverVersion, answer }: Facts<'engine'>): Absence | undefined {
  if (serverVersion !== '') return undefined
  const here = { thing: 'container engine', what: 'the container engine', isAbove: false }
  if (clientVersion === '')
    return { ...here, state: 'cannot be asked: there is no docker command', advice: 'install Docker Engine' }
  return { ...here, state: `does not answer (${answer || 'no complaint'})`, advice: 'start it: sudo systemctl start docker' }
}

function noCompose({ composeVersion, engine }: HostFacts): Absence | undefined {
  if (!composeVersion.ok || composeVersion.facts.version !== '') return undefined
  const above = engine.ok && engine.facts.clientVersion === '' ? noEngine(engine.facts) : undefined
  if (above !== undefined) return { ...above, isAbove: true }
  return {
    thing: 'docker compose',
    what: 'Docker Compose',
    state: 'is not there: neither `docker compose` nor `docker-compose` answers',
    advice: 'install the Compose plugin',
    isAbove: false,
  }
}

function told<F>(
  section: { readonly ok: true; readonly facts: F } | { readonly ok: false },
  state: (facts: F) => string,
): string {
  return section.ok ? state(section.facts) : ''
}

function unlessThere({ exists }: { readonly exists: boolean }): string {
  return exists ? '' : MISSING
}

function holdsNothing({
  directory,
  files,
}: {
  readonly directory: { readonly exists: boolean }
  readonly files: readonly unknown[]
}): string {
  if (!directory.exists) return MISSING
  return files.length === 0 ? 'is empty' : ''
}

function isWithin(path: string, tree: string): boolean {
  return path === tree || path.startsWith(`${tree}/`)
}

function isMissing(path: string, { directories }: HostFacts): boolean {
  return directories.ok && directories.facts.entries.some((entry) => entry.path === path && !entry.exists)
}
