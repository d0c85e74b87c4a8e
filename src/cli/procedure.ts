import path from 'node:path'
import { openShell } from '../host/open.ts'
import { Unobserved, UsageError } from '../outcome.ts'
import { UnusableBackup } from '../procedures/manifest.ts'
import { backupScript } from '../procedures/script/backup-script.ts'
import { deployScript } from '../procedures/script/deploy-script.ts'
import { rollbackScript } from '../procedures/script/rollback-script.ts'
import { loadTarget, targetFile } from '../targets/load.ts'
import type { TargetSpec } from '../targets/schema.ts'
import { followSecrets } from './check/secrets.ts'
import { listenForInterruption } from './interrupt.ts'
import { print } from './print.ts'
import { askHost } from './procedure/ask.ts'
import { chooseBackup, chooseRelease, directoryOf, notesOnBackup } from './procedure/choose.ts'
import { lastDrill } from './procedure/last-drill.ts'
import { lossesOf } from './procedure/losses.ts'
import { PRINTED, type Printed, type PrintOptions, parsePrint, usageOf } from './procedure/options.ts'
import { factsOf, siteOf } from './procedure/site.ts'
import { loadRelease } from './release.ts'
import { openTarget } from './target.ts'
import { openWorkspace } from './workspace.ts'

/** The role of the host on which the compose project runs. */
const ROLE = 'services'

/** Prints a procedure for the host of a target and returns the exit code. @throws UsageError, Unobserved, UnusableBackup */
async function main([name = '', ...argv]: readonly string[], directory: string): Promise<number> {
  const procedure = PRINTED.find((one) => one === name)
  if (procedure === undefined) throw new UsageError(`expected one of ${PRINTED.join(', ')}, not "${name}"`)
  const options = parsePrint(procedure, argv, directory)
  if (options === 'help') return print(`${usageOf(procedure)}\n`)
  const spec = loadTarget(options.target)
  if (spec.kind !== 'live')
    throw new UsageError(
      `target ${spec.name} is ${spec.kind}: it lives for one run alone, and its drills run the procedures themselves; give a live target`,
    )
  if (spec.hosts[ROLE] === undefined)
    throw new UsageError(`${targetFile(options.target)}: there is no hosts.${ROLE}, the host of the compose project`)
  const interruption = listenForInterruption()
  try {
    const text = await scriptFor(procedure, options, spec, interruption.signal)
    return print(text)
  } catch (error) {
    if (interruption.signal.aborted) return 130
    throw error
  } finally {
    interruption.stop()
  }
}

async function scriptFor(procedure: Printed, options: PrintOptions, spec: TargetSpec, signal: AbortSignal): Promise<string> {
  const release = procedure === 'deploy' ? releaseOf(options, spec) : undefined
  if (spec.compose === undefined)
    throw new UsageError(`${targetFile(options.target)}: a printed procedure needs \`compose\`: its file, envFile and project`)
  const { secrets } = await followSecrets(spec)
  const workspace = await openWorkspace()
  try {
    const opened = await openTarget({ spec, secrets, workspace, signal, keep: false, onProgress: () => undefined })
    if (opened.started === undefined) throw new Unobserved(opened.cause)
    const { started } = opened
    try {
      return await lookAndPrint({ procedure, options, spec, release, near: started.spec, secrets, signal })
    } finally {
      await started.stop()
    }
  } finally {
    await workspace.clear()
  }
}

interface Looking {
  readonly procedure: Printed
  readonly options: PrintOptions
  /** As its file describes it: inner addresses as the host sees them. */
  readonly spec: TargetSpec
  /** The same, opened: inner addresses as they are reached from here. */
  readonly near: TargetSpec
  readonly secrets: Readonly<Record<string, string>>
  readonly release: ReturnType<typeof releaseOf> | undefined
  readonly signal: AbortSignal
}

async function lookAndPrint({ procedure, options, spec, near, secrets, release, signal }: Looking): Promise<string> {
  const { [ROLE]: host } = near.hosts
  const { compose, paths } = spec
  if (host === undefined || compose === undefined) throw new Error('a target without host or compose was opened')
  const shell = await openShell(host)
  try {
    const { address, root, sudo } = host
    const question = { address, root, sudo, project: compose.project, backups: paths.backups, backup: options.backup }
    const answers = await askHost(shell, question, signal)
    const facts = await factsOf(shell, host, spec, signal)
    const site = siteOf({ spec, file: targetFile(options.target), host, facts, answers, drill: await lastDrill(options.history) })
    if (release !== undefined) return deployScript(site, chooseRelease(release.spec, release.name, answers, site))
    if (procedure === 'backup') return backupScript(site)
    const backup = chooseBackup(directoryOf(options.backup, answers, paths.backups), answers, site)
    const losses = await lossesOf({ spec: near, secrets, backup: backup.directory, signal })
    const notes = [...site.notes, ...notesOnBackup(backup, answers, site)]
    return rollbackScript({ ...site, notes }, { ...backup, losses })
  } finally {
    await shell.close()
  }
}

function releaseOf({ release }: PrintOptions, spec: TargetSpec) {
  if (release !== undefined) return { name: path.basename(release).replace(/\.[^.]+$/, ''), spec: loadRelease(release) }
  if (spec.release !== undefined) return { name: `of target ${spec.name}`, spec: spec.release }
  throw new UsageError(
    `--release: nobody said what is to be deployed; give a release manifest, or \`release\` in the target file\n${usageOf('deploy')}`,
  )
}

function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof UnusableBackup) return 2
  if (error instanceof Unobserved) return 3
  throw error
}

const operatorDirectory = process.env.INIT_CWD ?? process.cwd()
process.chdir(path.resolve(import.meta.dirname, '../..'))
try {
  process.exitCode = await main(process.argv.slice(2), operatorDirectory)
} catch (error) {
  process.exitCode = exitCodeOf(error)
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
}
