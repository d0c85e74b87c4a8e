import path from 'node:path'
import { parseArgs } from 'node:util'
import { UsageError } from '../../outcome.ts'

export const PRINTED = ['rollback', 'backup', 'deploy'] as const
export type Printed = (typeof PRINTED)[number]

export interface PrintOptions {
  readonly target: string
  /** `newest`, a name in the target's folder of backups, or a whole path. */
  readonly backup: string
  /** File of the release that a deploy brings. */
  readonly release: string | undefined
  /** Where the durations of earlier drills are found. */
  readonly history: string
}

const OPTIONS = {
  print: { type: 'boolean', default: false },
  target: { type: 'string' },
  backup: { type: 'string' },
  release: { type: 'string' },
  history: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** How the command is used. */
export function usageOf(procedure: Printed): string {
  const own = {
    rollback: ' [--backup=newest|NAME|DIRECTORY]',
    backup: '',
    deploy: ' --release=FILE',
  }[procedure]
  return `usage: npm -s run ${procedure} -- --print --target=NAME|FILE${own} > ${procedure}.sh
Prints the ${procedure} as a shell script for exactly the host that the target describes, after looking at it (reading only): a person
reads it, has it approved, copies it there and runs it with bash. \`bash ${procedure}.sh --help\` tells how.
${
  {
    rollback: `  --backup=WHICH   what to go back to: the newest backup on the host (default), one by its name, or one by its directory there
  --history=FILE   where earlier drills are found, for the expected duration (default: reports/history.jsonl)
`,
    backup: '',
    deploy: `  --release=FILE   release manifest, or an earlier report.json: the images by digest
`,
  }[procedure]
}Nothing of the runbook runs it on a live system: --print is the only mode.
Exit codes: 0 printed · 2 the usage, a file or the backup is wrong · 3 the host could not be looked at; no script is printed then · 130 interrupted`
}

/** Reads the command line. `help` where it was asked for. @throws UsageError */
export function parsePrint(procedure: Printed, argv: readonly string[], directory: string): PrintOptions | 'help' {
  const given = parse(procedure, argv)
  if (given.help) return 'help'
  const { print, target, backup, release, history } = given
  if (!print)
    throw new UsageError(
      `${procedure} changes a live system, and nothing of the runbook does that by itself: give --print for a script that a person reads and runs. What it does is rehearsed by the drills (--suite=rollback on embedded or ephemeral).\n${usageOf(procedure)}`,
    )
  if (target === undefined || target === '') throw new UsageError(`--target: expected a name or a file\n${usageOf(procedure)}`)
  if (backup !== undefined && procedure !== 'rollback')
    throw new UsageError(`--backup is no option of ${procedure}\n${usageOf(procedure)}`)
  if (release !== undefined && procedure !== 'deploy')
    throw new UsageError(`--release is no option of ${procedure}\n${usageOf(procedure)}`)
  if (backup === '' || backup?.includes('\n') === true) throw new UsageError('--backup: expected newest, a name, or a directory')
  return {
    target: /[/\\]|\.ya?ml$/.test(target) ? path.relative('', path.resolve(directory, target)) || target : target,
    backup: backup ?? 'newest',
    release: release === undefined ? undefined : path.resolve(directory, release),
    history: history === undefined ? path.join('reports', 'history.jsonl') : path.resolve(directory, history),
  }
}

function parse(procedure: Printed, argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${usageOf(procedure)}`)
  }
}
