import type { Shell } from '../../host/shell.ts'
import { composePlatform } from '../../procedures/compose-platform.ts'
import { deployProcedure } from '../../procedures/deploy.ts'
import type { Platform, Release } from '../../procedures/platform.ts'
import { procedureLog } from '../../procedures/procedure-log.ts'
import { type ProcedureReport, runProcedure } from '../../procedures/run.ts'
import type { TargetSpec } from '../schema.ts'

/** The order in which production's services are started, by what each is to the others. */
const INFRASTRUCTURE = ['postgres', 'redis', 'kafka']
const GATEWAY = ['nginx']

/** The groups of a deploy, of those services that run. */
export function groupsOf(spec: TargetSpec, running: readonly string[]): Platform['groups'] {
  const of = (names: readonly string[]): string[] => names.filter((name) => running.includes(name))
  const services = Object.entries(spec.services).map(([name, { container }]) => container ?? name)
  const known = [...INFRASTRUCTURE, ...services, ...GATEWAY]
  return {
    infrastructure: of(INFRASTRUCTURE),
    services: of(services),
    monitoring: running.filter((name) => !known.includes(name)),
    gateway: of(GATEWAY),
  }
}

export interface StackOnHost {
  readonly spec: TargetSpec
  readonly shell: Shell
  readonly release: Release
  readonly migrate: (release: Release) => Promise<void>
  readonly frontDoorProblem: () => Promise<string | undefined>
  readonly signal: AbortSignal
}

/** The platform of the host. @throws Error where the target's file describes no compose project */
export function platformOf({ spec, shell, release, migrate, frontDoorProblem, signal }: StackOnHost): Platform {
  const { compose } = spec
  if (compose === undefined) throw new Error(`target ${spec.name} describes no compose project; add \`compose\` to its file`)
  return composePlatform({
    shell,
    project: compose.project,
    composeFile: compose.file,
    envFile: compose.envFile,
    groups: groupsOf(spec, Object.keys(release.images)),
    migrate,
    frontDoorProblem,
    signal,
  })
}

const DEADLINE_MS = 180_000

export interface DeployOptions {
  /** File here that the log is written to. */
  readonly log: string
  readonly signal: AbortSignal
  readonly onProgress: (text: string) => void
  /** Told the name of each step that is done; the next one waits for it. */
  readonly onStep?: (step: string) => Promise<void>
}

/** Deploys the release by our procedure. @throws Error naming the step that failed and what to do */
export async function deployRelease(
  platform: Platform,
  release: Release,
  { log, signal, onProgress, onStep }: DeployOptions,
): Promise<ProcedureReport> {
  // A first deploy: there is nothing that a backup could hold.
  const procedure = deployProcedure({ platform, release, backUp: undefined, deadlineMs: DEADLINE_MS })
  const report = await runProcedure(procedure, {
    log: procedureLog(log),
    signal,
    everyMs: 200,
    async onStep({ name, ms }) {
      onProgress(`deploy: ${name} in ${(ms / 1_000).toFixed(1)} s`)
      await onStep?.(name)
    },
  })
  if (report.failure === null) return report
  const { step, message, whenItFails } = report.failure
  throw new Error(`the deploy failed at "${step}": ${message}; ${whenItFails}`)
}
