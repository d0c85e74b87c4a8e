/** One step of a procedure: what a person would do, and how a program does it. */
export interface Step {
  readonly name: string
  /** One sentence for a person: what is done and why here. */
  readonly describe: string
  /** The same by hand, as shell lines; secrets are named, never held. */
  readonly commands: readonly string[]
  /** What stands in the way, in words; nothing was changed yet. undefined: the step may run. */
  precondition?(): Promise<string | undefined>
  /** Does it. Must be safe to run again after it was cut off. */
  run(): Promise<void>
  /** What is still missing, in words, asked again and again until it is undefined or the deadline has come. */
  verify?(): Promise<string | undefined>
  /** What an earlier run did stands: doing it again later would do something else. */
  readonly once?: true
  /** Milliseconds for verify; default: the runbook's 30 × 10 s. */
  readonly deadlineMs?: number
  /** What a person does when this step fails. */
  readonly whenItFails: string
}

/** A named list of steps with what it was asked to do; runs by program, prints as a shell script. */
export interface Procedure {
  readonly name: string
  /** What tells this run from another, such as the backup's directory: a state file of other inputs is not resumed. */
  readonly inputs: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
  /** The command that runs it again from where it stopped. */
  readonly again: string
}

/** The source's 30 attempts, 10 seconds apart. */
export const READINESS_MS = 300_000

/** The procedure as a shell script that a person reads and runs line by line. */
export function asShellScript({ name, steps }: Procedure): string {
  const body = steps.flatMap((step, index) => [
    `# ${index + 1}. ${step.name}: ${step.describe}`,
    ...step.commands,
    `# If this fails: ${step.whenItFails}`,
    '',
  ])
  return ['#!/bin/sh', `# ${name}`, 'set -eu', '', ...body].join('\n')
}
