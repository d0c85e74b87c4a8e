import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Unobserved } from '../outcome.ts'
import type { Probe } from '../probe.ts'
import { quote } from './reproduce.ts'

interface RuleFile {
  readonly path: string
  readonly text: string
}

export interface PromtoolOptions {
  /** The rule files of the target. */
  readonly rules: Probe<{ readonly files: readonly RuleFile[] }>
  /** Unit tests on the observer's side; they name rule files as `../rules/NAME`. */
  readonly tests: readonly string[]
}

/** How `promtool test rules` ended. */
export interface PromtoolResult {
  readonly exitCode: number
  readonly output: string
}

const DEADLINE_MS = 30_000
const MISSING =
  'promtool is not installed on the observing machine, so the rules were not run; install it (Debian: apt-get install prometheus; or the prometheus release archive)'

/** Runs unit tests against the rules that lie on the target, with the observer's own promtool in a directory of its own. */
export function promtoolTest({ rules, tests }: PromtoolOptions): Probe<PromtoolResult> {
  return {
    kind: 'promtool',
    access: {
      system: 'promtool',
      address: 'promtool on this machine',
      operation: 'promtool test rules, on the rules of the target',
      effect: 'read',
      reproduce: `promtool test rules ${tests.map(quote).join(' ')}`,
    },
    deadlineMs: DEADLINE_MS + rules.deadlineMs,
    variant: JSON.stringify([rules.access.address, tests]),
    async read(session) {
      const { value, raw: _, ...origin } = await session.share(rules)
      const directory = await mkdtemp(join(tmpdir(), 'runbook-promtool-'))
      try {
        await layOut(directory, value.files, tests)
        const names = tests.map((test) => join('tests', basename(test)))
        const result = await run(['test', 'rules', ...names], directory, session.signal)
        return { ...origin, value: result, raw: `exit code ${result.exitCode}\n${result.output}` }
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    },
  }
}

/** Rules and tests side by side, as they lie in a repository. */
async function layOut(directory: string, rules: readonly RuleFile[], tests: readonly string[]): Promise<void> {
  await Promise.all(['rules', 'tests'].map((name) => mkdir(join(directory, name))))
  await Promise.all(rules.map(({ path, text }) => writeFile(join(directory, 'rules', basename(path)), text)))
  await Promise.all(tests.map((test) => cp(test, join(directory, 'tests', basename(test)))))
}

/** @throws Unobserved where there is no promtool, or where it was ended from outside. */
function run(args: readonly string[], cwd: string, signal: AbortSignal): Promise<PromtoolResult> {
  return new Promise((resolve, reject) => {
    execFile(
      'promtool',
      args,
      { cwd, signal, timeout: DEADLINE_MS, env: { PATH: process.env.PATH, LC_ALL: 'C' } },
      (error, stdout, stderr) => {
        const output = `${stdout}${stderr}`.trim()
        if (error === null) return resolve({ exitCode: 0, output })
        if (typeof error.code === 'number') return resolve({ exitCode: error.code, output })
        const text = error.code === 'ENOENT' ? MISSING : `promtool did not end by itself: ${error.message}`
        reject(new Unobserved({ id: 'tool:promtool', text }))
      },
    )
  })
}
