import type { EngineAddress } from './containers.ts'

/** A process that must not outlive the run. */
export interface GuardedProcess {
  readonly pid: number
  readonly startTime: string
  /** The process leads a group of its own, and the whole group is ended. */
  readonly group: boolean
  /** What it is asked with first; SIGKILL follows where it does not listen. */
  readonly signal: NodeJS.Signals
}

/** Containers, networks and volumes that must not outlive the run. */
export interface GuardedContainers {
  readonly engine: EngineAddress
  /** `name=value`, which all of them carry and nothing else does. */
  readonly label: string
}

/** One line on the pipe from the run to its watchdog. */
export type Message =
  | ({ readonly guard: 'process' } & GuardedProcess)
  | { readonly guard: 'directory'; readonly path: string }
  | ({ readonly guard: 'containers' } & GuardedContainers)
  | { readonly release: 'process'; readonly pid: number }
  | { readonly release: 'directory'; readonly path: string }
  | { readonly release: 'containers'; readonly label: string }
