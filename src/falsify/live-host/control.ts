import type { StackControl } from '../stack/control.ts'

/** What faults may do to a stack on a host of its own. Its files are changed by commands there, and by no path of this machine. */
export interface LiveHostControl extends StackControl {
  /** Runs a script of bash as root on the host, beside ssh, and returns what it printed. @throws Error with what it complained of */
  bash(script: string, ...argv: readonly string[]): Promise<string>
}
