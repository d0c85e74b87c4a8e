import { until } from '../wait.ts'
import { type Procedure, READINESS_MS, type Step } from './procedure.ts'
import type { ProcedureLog } from './procedure-log.ts'
import { type ProcedureFailure, type ProcedureState, resumeState, type StepDone, writeState } from './state.ts'

/** How one step went in this run. */
export interface StepReport extends StepDone {
  /** Done by an earlier run and still true, so not done again. */
  readonly resumed: boolean
}

export interface ProcedureReport {
  readonly procedure: string
  readonly outcome: 'done' | 'failed'
  readonly steps: readonly StepReport[]
  readonly failure: ProcedureFailure | null
  readonly ms: number
}

export interface RunOptions {
  /** Where the state is kept; without one a cut-off run starts again from the beginning. */
  readonly stateFile?: string
  /** Where it tells an operator how far it is. */
  readonly log?: ProcedureLog
  readonly signal?: AbortSignal
  /** Milliseconds between two looks at readiness. */
  readonly everyMs?: number
  /** Told of each step as it ends well; the next one waits for it. */
  readonly onStep?: (step: StepReport) => void | Promise<void>
}

const POLL_MS = 20

/**
 * Runs a procedure step by step, each until it is ready, and stops at the first that fails, with the state written down and
 * the next command named. A step that an earlier run finished is not run again where it still holds.
 * @throws ForeignState where the state file belongs to another run.
 */
export async function runProcedure(procedure: Procedure, options: RunOptions = {}): Promise<ProcedureReport> {
  const start = performance.now()
  const state = await resumeState(options.stateFile, procedure)
  await options.log?.begun(procedure)
  const { steps, failure } = await takeSteps(procedure, state, options)
  const outcome = failure === null ? 'done' : 'failed'
  await writeState(options.stateFile, { ...state, done: doneSoFar(steps, state), outcome, failure })
  const report = { procedure: procedure.name, outcome, steps, failure, ms: performance.now() - start } as const
  await options.log?.ended(report)
  return report
}

async function takeSteps(
  procedure: Procedure,
  state: ProcedureState,
  options: RunOptions,
): Promise<Pick<ProcedureReport, 'steps' | 'failure'>> {
  const earlier = new Map(state.done.map((step) => [step.name, step]))
  const steps: StepReport[] = []
  for (const [index, step] of procedure.steps.entries()) {
    const result = await takeStep(step, earlier.get(step.name), options)
    if ('stage' in result)
      return { steps, failure: { ...result, step: step.name, whenItFails: step.whenItFails, next: procedure.again } }
    steps.push(result)
    await writeState(options.stateFile, { ...state, done: doneSoFar(steps, state) })
    await options.log?.step(result, index + 1, procedure.steps.length)
    await options.onStep?.(result)
  }
  return { steps, failure: null }
}

/** What this run did, and what an earlier one did of the steps that this one has not come to: that stays done. */
function doneSoFar(steps: readonly StepReport[], { done }: ProcedureState): StepDone[] {
  const names = new Set(steps.map(({ name }) => name))
  return [...steps.map(({ resumed: _, ...step }) => step), ...done.filter(({ name }) => !names.has(name))]
}

type Stumble = Pick<ProcedureFailure, 'stage' | 'message' | 'at'>

async function takeStep(step: Step, earlier: StepDone | undefined, options: RunOptions): Promise<StepReport | Stumble> {
  // Only a step that can be looked at is taken as done; what cannot be verified is done again, which is safe by contract.
  if (earlier !== undefined && (await stillHolds(step))) return { ...earlier, resumed: true }
  const startedAt = new Date().toISOString()
  const start = performance.now()
  const stumble = (stage: Stumble['stage'], message: string): Stumble => ({ stage, message, at: new Date().toISOString() })
  const obstacle = step.precondition === undefined ? undefined : await asked(step.precondition.bind(step))
  if (obstacle !== undefined) return stumble('precondition', obstacle)
  const broken = await asked(async () => {
    options.signal?.throwIfAborted()
    await step.run()
    return undefined
  })
  if (broken !== undefined) return stumble('run', broken)
  const missing = await becomesReady(step, options)
  if (missing !== undefined) return stumble('verify', missing)
  return { name: step.name, startedAt, ms: performance.now() - start, resumed: false }
}

async function stillHolds(step: Step): Promise<boolean> {
  if (step.once === true) return true
  return step.verify !== undefined && (await asked(step.verify.bind(step))) === undefined
}

async function becomesReady(step: Step, { signal, everyMs = POLL_MS }: RunOptions): Promise<string | undefined> {
  const verify = step.verify?.bind(step)
  if (verify === undefined) return undefined
  const deadlineMs = step.deadlineMs ?? READINESS_MS
  const waiting = { deadlineMs, everyMs, ...(signal === undefined ? {} : { signal }) }
  const missing = await until(
    () => asked(verify),
    (answer) => answer === undefined,
    waiting,
  )
  if (missing === undefined) return undefined
  return signal?.aborted === true ? `interrupted while ${missing}` : `not ready within ${deadlineMs} ms: ${missing}`
}

/** The answer, or what was thrown as the answer: either way it is what stands between here and the next step. */
async function asked(question: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await question()
  } catch (error) {
    return error instanceof Error ? `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}` : String(error)
  }
}
