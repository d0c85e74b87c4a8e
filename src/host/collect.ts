import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { type Cause, Unreachable } from '../outcome.ts'
import type { HostSpec, TargetSpec } from '../targets/schema.ts'
import type { HostFacts } from './facts.ts'
import { hostAddress } from './open.ts'
import { parseFacts } from './parse.ts'
import { questions } from './questions.ts'
import { type CommandOptions, type CommandResult, Lost, type Shell } from './shell.ts'

const SCRIPT = new URL('./collector/', import.meta.url)
/** Longer than all bounds inside the collector together are ever seen to take; shorter than the probe's deadline. */
const TIMEOUT_MS = 55_000
const MAX_BYTES = 16 * 1024 * 1024

/** The collector's whole text: its parts in the order of their names. */
export async function collectorScript(): Promise<string> {
  const parts = (await readdir(SCRIPT)).filter((name) => name.endsWith('.sh')).sort()
  return (await Promise.all(parts.map((name) => readFile(new URL(name, SCRIPT), 'utf8')))).join('\n')
}

export interface CollectOptions {
  readonly shell?: readonly string[]
  readonly timeoutMs?: number
  /** More or other assignments before the script, for tests. */
  readonly preamble?: string
}

/**
 * Asks a host everything in one round trip and says what it answered.
 * @throws Unreachable where the script could not be run there or did not come to its end at all.
 */
export async function collect(
  shell: Shell,
  host: HostSpec,
  spec: TargetSpec,
  signal: AbortSignal,
  { shell: argv = ['sh', '-s'], timeoutMs = TIMEOUT_MS, preamble = '' }: CollectOptions = {},
): Promise<{ readonly facts: HostFacts; readonly text: string }> {
  const marks = { nonce: randomBytes(12).toString('hex'), salt: randomBytes(16).toString('hex') }
  const stdin = `${questions(host, spec, marks)}${preamble}\n${await collectorScript()}`
  const startMs = Date.now()
  const begin = `@@${marks.nonce} begin`
  const ran = await runOrSeen(shell, argv, { stdin, timeoutMs, maxBytes: MAX_BYTES, signal }, begin)
  const { stdout, stderr, exitCode } = ran
  const endMs = Date.now()
  if (!stdout.includes(begin)) {
    throw new Unreachable(
      hostAddress(host),
      `${argv.join(' ')} on ${hostAddress(host)} ran no collector (exit ${exitCode}): ${stderr.trim().slice(0, 500) || 'no output'}; try \`${argv[0]} -c true\` there`,
      { refused: false },
    )
  }
  const [, hostEnd] = new RegExp(`^@@${marks.nonce} done\t(\\d+)\t`, 'm').exec(stdout) ?? []
  const exchange = { startMs, endMs, hostEndMs: hostEnd === undefined ? null : Number(hostEnd) }
  return {
    facts: parseFacts(stdout, marks.nonce, { root: host.root, salt: marks.salt, exchange, lost: ran.lost }),
    text: stdout.replaceAll(`@@${marks.nonce} `, '# '),
  }
}

/** The answer; where the way to the host was lost after the collector had begun, what came until then, with the cause. */
async function runOrSeen(
  shell: Shell,
  argv: readonly string[],
  options: CommandOptions,
  begin: string,
): Promise<CommandResult & { readonly lost?: Cause }> {
  try {
    return await shell.run(argv, options)
  } catch (error) {
    if (!(error instanceof Lost) || !error.seen.includes(begin)) throw error
    return { exitCode: -1, stdout: error.seen, stderr: '', truncated: true, lost: error.rootCause }
  }
}
