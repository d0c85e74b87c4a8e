import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { scratchDirectory } from '../../cli/scratch.ts'
import { localShell } from '../../host/local.ts'
import { Unreachable } from '../../outcome.ts'

/** How a command in a tree ended: `overdue` where it had to be killed. */
export interface Ended {
  readonly exitCode: number | 'overdue'
  readonly output: string
}

/** A copy of the last commit, in which files may be broken; the checkout itself is never touched. */
export interface Tree extends AsyncDisposable {
  readonly root: string
  /** Does the work while the file has that text. */
  with<T>(file: string, text: string, work: () => Promise<T>): Promise<T>
  run(argv: readonly string[], timeoutMs: number, signal: AbortSignal): Promise<Ended>
}

const MOST_OUTPUT = 1024 * 1024

/** Copies the last commit of the checkout in the working directory, with that checkout's packages. */
export async function copyTree(): Promise<Tree> {
  const checkout = process.cwd()
  // PostgreSQL's unprivileged account must be able to pass through.
  const directory = await mkdtemp(path.join(await scratchDirectory(), 'runbook-mutants-'))
  const scratch = path.join(directory, 'tmp')
  const root = path.join(directory, 'tree')
  await Promise.all([mkdir(scratch), mkdir(root)])
  const archive = execFileSync('git', ['archive', 'HEAD'], { maxBuffer: 512 * 1024 * 1024 })
  execFileSync('tar', ['-x', '-C', root], { input: archive })
  await symlink(path.join(checkout, 'node_modules'), path.join(root, 'node_modules'))
  execFileSync('chmod', ['a+rx', directory, root])
  execFileSync('chmod', ['a+rwx', scratch])
  const shell = localShell()
  return {
    root,
    async with(file, text, work) {
      const whole = path.join(root, file)
      const before = await readFile(whole, 'utf8')
      await writeFile(whole, text)
      try {
        return await work()
      } finally {
        await writeFile(whole, before)
      }
    },
    async run(argv, timeoutMs, signal) {
      const inside = ['sh', '-c', 'cd "$1" && TMPDIR=$2 NO_COLOR=1 && export TMPDIR NO_COLOR && shift 2 && exec "$@"', 'sh']
      try {
        const { exitCode, stdout, stderr } = await shell.run([...inside, root, scratch, ...argv], {
          timeoutMs,
          maxBytes: MOST_OUTPUT,
          signal,
        })
        return { exitCode, output: `${stdout}\n${stderr}` }
      } catch (error) {
        if (!(error instanceof Unreachable) || signal.aborted) throw error
        return { exitCode: 'overdue', output: error.message }
      }
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}
