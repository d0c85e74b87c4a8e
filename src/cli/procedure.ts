import path from 'node:path'
import { openShell } from '../host/open.ts'
import { Unobserved, UsageError } from '../outcome.ts'
import { UnusableBackup } from '../procedures/manifest.ts'
import { backupScript } from '../procedures/script/backup-script.ts'
import { deployScript } from '../procedures/script/deploy-script.ts'
import { rollbackScript } from '../procedures/script/rollback-script.ts'
import { loadTarget, targetFile } from '../targets/load.ts'
import type { TargetSpec } from '../targets/schema.ts'
import { listenForInterruption } from './interrupt.ts'
import { askHost } from './procedure/ask.ts'
import { chooseBackup, chooseRelease, directoryOf, notesOnBackup } from './procedure/choose.ts'
import { lastDrill } from './procedure/last-drill.ts'
import { PRINTED, type Printed, type PrintOptions, parsePrint, usageOf } from './procedure/options.ts'
import { factsOf, siteOf } from './procedure/site.ts'
import { loadRelease } from './release.ts'

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
  const host = spec.hosts[ROLE]
  if (host === undefined || spec.compose === undefined)
    throw new UsageError(`${targetFile(options.target)}: a printed procedure needs \`compose\`: its file, envFile and project`)
  const shell = await openShell(host)
  try {
    const { root, sudo } = host
    const { project } = spec.compose
    const { backups } = spec.paths
    const question = { address: host.address, root, sudo, project, backups, backup: options.backup }
    const answers = await askHost(shell, question, signal)
    const facts = await factsOf(shell, host, spec, signal)
    const file = targetFile(options.target)
    const site = siteOf({ spec, file, host, facts, answers, drill: await lastDrill(options.history) })
    if (release !== undefined) return deployScript(site, chooseRelease(release.spec, release.name, answers, site))
    if (procedure === 'backup') return backupScript(site)
    const backup = chooseBackup(directoryOf(options.backup, answers, backups), answers, site)
    return rollbackScript({ ...site, notes: [...site.notes, ...notesOnBackup(backup, answers, site)] }, backup)
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

function print(text: string): 0 {
  process.stdout.write(text)
  return 0
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
