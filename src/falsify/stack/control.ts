import type { TargetSpec } from '../../targets/schema.ts'
import type { Undo } from '../fault.ts'

/** What a command in a container answered. */
export interface Ran {
  readonly exitCode: number
  /** stdout and stderr in the order in which they came. */
  readonly output: string
}

/** How a container made anew differs from the one in whose place it stands, or beside which it is put. */
export interface Reshaped {
  readonly image?: string
  readonly command?: readonly string[]
  readonly entrypoint?: readonly string[]
  /** Assignments; undefined takes one away. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly labels?: Readonly<Record<string, string>>
  readonly restart?: string
  /** Directories whose contents are not taken over. */
  readonly without?: readonly string[]
  /** Instructions of an image that is made of its own, such as `ENV NAME=value`. */
  readonly baked?: readonly string[]
  /** In the engine's own words: Privileged, LogConfig, Memory, Ulimits … */
  readonly host?: Readonly<Record<string, unknown>>
  /** In the engine's own words. */
  readonly healthcheck?: Readonly<Record<string, unknown>>
}

/** What may be changed of a container while it runs; in the engine's own words. */
export interface Allowance {
  /** Bytes. */
  readonly Memory?: number
  /** Bytes. */
  readonly MemorySwap?: number
  readonly NanoCpus?: number
}

/** The levers of one service's container. Each undo leaves it running and healthy, and restarts what depends on it. */
export interface ContainerControl {
  readonly service: string
  stop(): Promise<Undo>
  pause(): Promise<Undo>
  /** Cuts it off from the stack's network. */
  disconnect(): Promise<Undo>
  /** Starts it again, and then whatever depends on it, so that the order of the starts is right. */
  restart(): Promise<void>
  /** Starts it again and nothing else, as somebody does who forgets what depends on it. */
  restartAlone(): Promise<Undo>
  signal(name: string): Promise<void>
  /** Another one in its place, made like it but for what is changed. */
  replace(changes: Reshaped): Promise<Undo>
  /** One more container of the project, made like it but for what is changed, under the name of another service. */
  beside(service: string, changes: Reshaped): Promise<Undo>
  allow(changes: Allowance): Promise<Undo>
  /** Bytes that it uses, without what could be given back at once. */
  memoryUsed(): Promise<number>
  /** @throws Error where it ends with anything but 0. */
  exec(...argv: string[]): Promise<Ran>
  /** Writes lines into its log. @throws Error where the engine does not tell them. */
  log(lines: readonly string[]): Promise<void>
  /** Runs on after this has returned, until the undo ends it. */
  running(...argv: string[]): Promise<Undo>
  readFile(path: string): Promise<string>
  /** Leaves mode and owner as they are. */
  writeFile(path: string, text: string): Promise<void>
}

/** What faults may do to a stack of containers: the one place where a kind of engine, or the way to it, makes a difference. */
export interface StackControl {
  /** The started target's description. */
  readonly spec: TargetSpec
  /** A path of the host as a path of this machine. */
  hostPath(path: string): string
  /** Services of the project that have a container, in the order in which they were started. */
  services(): Promise<string[]>
  container(service: string): ContainerControl
  /** Runs SQL in the product's database as its administrator. */
  sql(text: string, values?: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>
  secret(key: string): string
  /** What each container is made of, in words that can be compared: image, environment, limits, state. */
  shapes(): Promise<Readonly<Record<string, string>>>
  /** What keeps a part from being itself, in words; empty where the whole stack is well. */
  ailments(): Promise<string[]>
}
