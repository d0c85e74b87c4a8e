import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import type { Report } from '../report/model.ts'

/** Stands for the commit of a file that is not committed as it is. */
export const NOT_COMMITTED = 'not committed'

type Input = Report['run']['inputs'][number]

const packageSchema = z.object({ version: z.string(), dependencies: z.record(z.string(), z.string()) })
const GIT_TIMEOUT_MS = 5_000

let source: { readonly commit: string; readonly dirty: boolean } | undefined

/** Where the suite itself stands: its commit, and whether it was changed since. Asked of git once. */
export function sourceState(): { readonly commit: string; readonly dirty: boolean } {
  source ??= describeSource()
  return source
}

function describeSource(): { commit: string; dirty: boolean } {
  const commit = git('rev-parse', 'HEAD')
  return { commit: commit ?? 'unknown', dirty: commit === undefined || git('status', '--porcelain') !== '' }
}

const inputs = new Map<string, Input>()

/** A file that the verdict depends on: what it holds, and who changed it last. Asked of git once, however many targets share it. */
export function inputFile(file: string): Input {
  const known = inputs.get(file) ?? describeFile(file)
  inputs.set(file, known)
  return known
}

function describeFile(file: string): Input {
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
  // It may lie in another repository than the suite does.
  const inItsOwn = (...argv: readonly string[]): string | undefined =>
    git('-C', path.dirname(path.resolve(file)), ...argv, '--', path.basename(file))
  const isChanged = inItsOwn('status', '--porcelain', '--ignored') !== ''
  const [commit, author] = (isChanged ? '' : (inItsOwn('log', '-1', '--format=%H%x09%an') ?? '')).split('\t')
  return { file, sha256, commit: commit || NOT_COMMITTED, author: author ?? 'unknown' }
}

/** Who started the run. */
export function operator(): string {
  return process.env.SUDO_USER ?? process.env.GITLAB_USER_LOGIN ?? process.env.GITHUB_ACTOR ?? os.userInfo().username
}

let runner: readonly string[] | undefined

/** The names under which the person who started the run is known: the login, and what git would sign with. Asked of git once. */
export function runnerNames(): readonly string[] {
  runner ??= [operator(), git('config', 'user.name') ?? '', git('config', 'user.email') ?? ''].filter((name) => name !== '')
  return runner
}

/** Where the run sits: the machine, and the CI job where there is one. */
export function origin(): string {
  const job = process.env.GITHUB_RUN_ID ?? process.env.CI_JOB_ID
  return job === undefined ? os.hostname() : `${os.hostname()}, CI job ${job}`
}

/** The versions that the verdict depends on. */
export function versions(): Record<string, string> {
  const { version, dependencies } = packageSchema.parse(createRequire(import.meta.url)('../../package.json'))
  return { suite: version, node: process.version, vitest: dependencies.vitest ?? '', system: `${os.type()} ${os.release()}` }
}

/** What git says; undefined where the project is no checkout or git is missing, which the report then shows as unknown. */
function git(...argv: readonly string[]): string | undefined {
  try {
    return execFileSync('git', argv, { encoding: 'utf8', timeout: GIT_TIMEOUT_MS, stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}
