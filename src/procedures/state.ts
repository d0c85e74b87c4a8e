import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Procedure } from './procedure.ts'

const stepStateSchema = z.strictObject({
  name: z.string(),
  startedAt: z.iso.datetime(),
  /** Milliseconds, waiting for readiness included. */
  ms: z.number(),
})
export type StepDone = z.infer<typeof stepStateSchema>

const failureSchema = z.strictObject({
  step: z.string(),
  at: z.iso.datetime(),
  /** `precondition`: the step had changed nothing yet. */
  stage: z.enum(['precondition', 'run', 'verify']),
  message: z.string(),
  /** What a person does now. */
  whenItFails: z.string(),
  /** The command that goes on from here. */
  next: z.string(),
})
export type ProcedureFailure = z.infer<typeof failureSchema>

/** How far a procedure got: written after each step, so that whoever comes next can go on. */
export const procedureStateSchema = z.strictObject({
  procedure: z.string(),
  inputs: z.record(z.string(), z.string()),
  startedAt: z.iso.datetime(),
  outcome: z.enum(['running', 'done', 'failed']),
  done: z.array(stepStateSchema),
  failure: failureSchema.nullable(),
})
export type ProcedureState = z.infer<typeof procedureStateSchema>

/** A state file that belongs to another run, or that nobody can read. */
export class ForeignState extends Error {
  override readonly name = 'ForeignState'
}

/**
 * The state to go on from: what the file says of an unfinished run of this procedure, or a new one.
 * @throws ForeignState where the file belongs to an unfinished run with other inputs, or is malformed.
 */
export async function resumeState(file: string | undefined, procedure: Procedure): Promise<ProcedureState> {
  const fresh: ProcedureState = {
    procedure: procedure.name,
    inputs: { ...procedure.inputs },
    startedAt: new Date().toISOString(),
    outcome: 'running',
    done: [],
    failure: null,
  }
  const known = file === undefined ? undefined : await readState(file)
  if (known === undefined || known.outcome === 'done') return fresh
  if (known.procedure === procedure.name && sameInputs(known.inputs, procedure.inputs))
    return { ...known, outcome: 'running', failure: null }
  const other = `${known.procedure} ${JSON.stringify(known.inputs)}`
  throw new ForeignState(`${file} belongs to an unfinished ${other}; finish that one, or move the file away if it was given up`)
}

/** Replaces the state file in one step. */
export async function writeState(file: string | undefined, state: ProcedureState): Promise<void> {
  if (file === undefined) return
  await writeFile(`${file}.partial`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.partial`, file)
}

/** The state in a file; undefined where there is none. @throws ForeignState where it is malformed. */
export async function readState(file: string): Promise<ProcedureState | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const parsed = procedureStateSchema.safeParse(jsonOrUndefined(text))
  if (parsed.success) return parsed.data
  throw new ForeignState(`${file} is no state of a procedure; move it away, then run the procedure again from the start`)
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Whatever it is, the schema refuses it with the file's name.
    return undefined
  }
}

function sameInputs(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...keys].every((key) => one[key] === other[key])
}
