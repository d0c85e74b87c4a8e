import { EMBEDDED_FAULTS, LIVE_HOST_FAULTS, PATIENCE, STACK_FAULTS } from '../../fixtures/faults/index.ts'
import { coldCounters, SLUGGISH_ALERTS, warmUp } from '../../fixtures/faults/stack/warmth.ts'
import { openTarget } from '../cli/target.ts'
import type { Workspace } from '../cli/workspace.ts'
import { describeEmbedded, startEmbedded } from '../targets/embedded/index.ts'
import { ADMINISTRATOR } from '../targets/ephemeral/database.ts'
import { loadTarget } from '../targets/load.ts'
import type { TargetSpec } from '../targets/schema.ts'
import type { Started } from '../targets/started.ts'
import { until } from '../wait.ts'
import type { Choice } from './choose.ts'
import type { Fault, FaultOf, Seen, SubjectKind, Undo } from './fault.ts'
import type { Fingerprint } from './fingerprint.ts'
import { embeddedFingerprint } from './fingerprint-embedded.ts'
import type { StackControl } from './stack/control.ts'

/** A started target into which faults can be put. */
export interface Subject {
  readonly seen: Seen
  /** How long it may take to be itself again, in milliseconds. */
  readonly healingMs: number
  /** Puts a fault of its catalogue in. @throws Error where it has none of that id. */
  put(id: string): Promise<Put>
  /** The fingerprint of the target as it was before anything was done to it; every fault must leave it so. */
  readonly baseline: Fingerprint
  fingerprint(): Promise<Fingerprint>
  stop(): Promise<void>
}

export interface Put {
  readonly fault: Fault
  readonly undo: Undo
}

export interface Opening {
  readonly workspace: Workspace
  readonly signal: AbortSignal
}

/** What the command must know of a kind of target before any is started. */
export interface Kind {
  readonly faults: readonly Fault[]
  /** The target as its file describes it; nothing of it runs. */
  describe(): TargetSpec
  /** How long one look may take, in milliseconds. */
  readonly patienceMs: number
  /** Which lines look at a fault where nothing is asked for: a choice of them, or all that are quiet. */
  readonly looks: Choice['all']
  /** Lines that cannot look on any target of this kind, healthy or not. */
  readonly blind?: readonly string[]
  open(opening: Opening): Promise<Subject>
}

const EMBEDDED_HEALING_MS = 10_000
/** A store that was stopped is up after seconds, and everything is scraped again after another interval or two. */
const STACK_HEALING_MS = 60_000

export const KINDS: Readonly<Record<SubjectKind, Kind>> = {
  embedded: {
    faults: EMBEDDED_FAULTS,
    describe: () => withFurtherDrill(describeEmbedded()),
    patienceMs: 90_000,
    looks: false,
    async open({ workspace: { directory: runDirectory, watchdog }, signal }) {
      const target = await startEmbedded({ runDirectory, watchdog, signal })
      const { control } = target
      const ask = (): Promise<Fingerprint> => embeddedFingerprint(control)
      const healing = { healingMs: EMBEDDED_HEALING_MS, fingerprint: ask, baseline: await ask() }
      const drilled = { ...target, spec: withFurtherDrill(target.spec) }
      return { ...healing, ...subjectOf(drilled, EMBEDDED_FAULTS, control) }
    },
  },
  ephemeral: {
    faults: STACK_FAULTS,
    describe: () => loadTarget('ephemeral'),
    patienceMs: 240_000,
    looks: false,
    async open({ workspace, signal }) {
      const [{ engineStack, hostIn }, { stackFingerprint }] = await Promise.all([
        import('./stack/engine-stack.ts'),
        import('./stack/fingerprint.ts'),
      ])
      const spec = withSlowness(loadTarget('ephemeral'))
      const opened = await openTarget({ spec, secrets: {}, workspace, signal, keep: false, onProgress: () => undefined })
      if (opened.started === undefined) throw new Error(opened.cause.text)
      const { started } = opened
      const host = hostIn(started.spec.hosts.services?.root ?? '', started.spec)
      const control = engineStack({ ...host, spec: started.spec, secrets: started.secrets, administrator: ADMINISTRATOR })
      return stackSubject(started, STACK_FAULTS, control, () => stackFingerprint(control, () => coldCounters(control)))
    },
  },
  'ephemeral-host': {
    faults: LIVE_HOST_FAULTS,
    describe: () => loadTarget('ephemeral-host'),
    patienceMs: 240_000,
    looks: 'quiet',
    // A container has no disk of its own, no kernel, and no clock to keep.
    blind: ['PRE-12', 'PRE-17', 'PRE-18'],
    async open(opening) {
      const [{ openLiveHost }, { hostFingerprint }, { stackFingerprint }] = await Promise.all([
        import('./live-host/open.ts'),
        import('./live-host/fingerprint.ts'),
        import('./stack/fingerprint.ts'),
      ])
      const { started, control } = await openLiveHost(withSlowness(loadTarget('ephemeral-host')), opening)
      const host = (): Promise<Record<string, string>> => hostFingerprint(control)
      return stackSubject(started, LIVE_HOST_FAULTS, control, () => stackFingerprint(control, () => coldCounters(control), host))
    },
  },
}

/** A stack, once it is well. */
async function stackSubject<Control extends StackControl>(
  started: Started,
  faults: readonly FaultOf<Control>[],
  control: Control,
  ask: () => Promise<Fingerprint>,
): Promise<Subject> {
  await warmUp(control)
  const isWell = ({ ailments }: Fingerprint): boolean => Array.isArray(ailments) && ailments.length === 0
  const baseline = await until(ask, isWell, { deadlineMs: STACK_HEALING_MS, everyMs: 200 })
  const healing = { healingMs: STACK_HEALING_MS, fingerprint: ask, baseline }
  return { ...healing, ...subjectOf(started, faults, control, () => warmUp(control)) }
}

/** The line on further drills looks where there is one; of those that need no containers, the quickest. */
function withFurtherDrill(spec: TargetSpec): TargetSpec {
  return { ...spec, drills: ['corrupting-migration', 'stores-nothing'] }
}

/** Alerts on rates over minutes outlive a fault that was taken away, and a machine that is busy with faults answers slowly. */
function withSlowness(spec: TargetSpec): TargetSpec {
  return { ...spec, monitoring: { ...spec.monitoring, mayFire: [...spec.monitoring.mayFire, ...SLUGGISH_ALERTS] } }
}

type Common = Pick<Subject, 'seen' | 'put' | 'stop'>

function subjectOf<Control>(
  started: Started,
  faults: readonly FaultOf<Control>[],
  control: Control,
  /** What a target needs to be itself again, once a fault was taken away. */
  afterwards: () => Promise<void> = async () => undefined,
): Common {
  const { spec, secrets } = started
  return {
    // Nobody waits longer for what a fault keeps from coming than a busy machine needs.
    seen: { spec: { ...spec, limits: { ...PATIENCE, ...spec.limits } }, secrets },
    async put(id) {
      const fault = faults.find((one) => one.id === id)
      if (fault === undefined) throw new Error(`no fault is called ${id}`)
      const undo = await fault.apply(control)
      return {
        fault,
        async undo() {
          await undo()
          await afterwards()
        },
      }
    },
    stop: () => started.stop(),
  }
}
