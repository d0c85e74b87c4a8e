import type { Shell } from '../host/shell.ts'
import type { Manifest } from './manifest.ts'
import type { Bodies } from './outline.ts'
import { RECOVERY } from './outlines.ts'
import { ailments, imageOf, type Platform, wrongImages } from './platform.ts'
import { type Act, type Ask, NOTHING, type Procedure, procedureOf } from './procedure.ts'
import { CHECK_FILES, PUT_CONFIGURATION, PUT_EVENTS, PUT_KEYS } from './recovery-commands.ts'
import { lackingForHost, type WholeHost } from './whole-host.ts'

export interface StoredBackup {
  /** Of the new host, which sees the backup storage. */
  readonly shell: Shell
  /** The backup's directory as the new host sees it. */
  readonly backup: string
  readonly manifest: Manifest
  readonly whole: WholeHost
  readonly signal: AbortSignal
}

export interface RecoveryOptions extends StoredBackup {
  readonly project: string
  /** Services of the event bus and of the cache; absent: the product has none. */
  readonly kafka?: string
  readonly redis?: string
  readonly platform: Platform
  /** Makes the services' role and an empty database. */
  readonly makeDatabase: () => Promise<void>
  /** Runs the printed rollback to that backup. @throws Error with what it said where it does not come to its end. */
  readonly rollBack: () => Promise<void>
  readonly deadlineMs?: number
}

const COMMAND_MS = 600_000
const MAX_BYTES = 1_024 ** 2

/** A new host out of one backup, after the old one was lost. */
export function recoveryProcedure(options: RecoveryOptions): Procedure {
  const { platform, manifest, backup, deadlineMs } = options
  const { groups } = platform
  const start = async (services: readonly string[]): Promise<void> => {
    const release = { name: 'of the backup', images: manifest.images }
    for (const service of services) await platform.start(service, imageOf(release, service))
  }
  const bodies: Bodies<typeof RECOVERY, Act, Ask> = {
    'check inputs': { run: NOTHING, precondition: () => obstacleToRecovery(options) },
    'put configuration': { run: () => putConfiguration(options) },
    'put events and keys': { run: () => putStores(options) },
    'start infrastructure': {
      run: () => start(groups.infrastructure),
      verify: () => ailments(platform, groups.infrastructure),
    },
    'make database': { run: options.makeDatabase },
    'restore and start': { run: options.rollBack },
    monitoring: { run: () => start(groups.monitoring), verify: () => ailments(platform, groups.monitoring) },
    verify: {
      run: NOTHING,
      verify: async () => (await wrongImages(platform, manifest.images)) ?? (await platform.frontDoorProblem()),
    },
  }
  return procedureOf(RECOVERY, bodies, { inputs: { backup }, deadlineMs })
}

/** What stands in the way of making a host of that backup, in words; undefined where nothing does. */
export async function obstacleToRecovery({ manifest, whole, ...stored }: StoredBackup): Promise<string | undefined> {
  const lacking = lackingForHost(manifest, whole)
  const listed = manifest.files.map(({ sha256, bytes, path }) => `${sha256} ${bytes} ${path}\n`)
  const damaged = (await done(stored, CHECK_FILES, [stored.backup], listed.join(''))).split('\n').filter((line) => line !== '')
  const problems = [...lacking, ...damaged]
  return problems.length === 0 ? undefined : problems.join('; ')
}

async function putConfiguration(options: StoredBackup): Promise<void> {
  const lines = options.manifest.configuration.map(({ mode, path, original }) => `${mode}\t${path}\t${original}\n`)
  await done(options, PUT_CONFIGURATION, [options.backup], lines.join(''))
}

async function putStores(options: RecoveryOptions): Promise<void> {
  const { manifest, backup, kafka, redis, project, whole } = options
  const compose = [project, whole.composeFile, whole.envFile]
  const { log } = manifest.kafka ?? {}
  if (kafka !== undefined && log !== undefined) await done(options, PUT_EVENTS, [`${backup}/${log}`, kafka, ...compose])
  if (redis !== undefined && manifest.redis !== undefined)
    await done(options, PUT_KEYS, [`${backup}/${manifest.redis.path}`, redis, ...compose])
}

async function done(
  { shell, signal }: Pick<StoredBackup, 'shell' | 'signal'>,
  script: string,
  argv: readonly string[],
  stdin = '',
): Promise<string> {
  const command = ['bash', '-c', `set -euo pipefail\n${script}`, 'bash', ...argv]
  const { exitCode, stdout, stderr } = await shell.run(command, { stdin, timeoutMs: COMMAND_MS, maxBytes: MAX_BYTES, signal })
  if (exitCode === 0) return stdout
  throw new Error(`${argv[0]}: ${stderr.trim().slice(-1_000) || `ended with ${exitCode}`}`)
}
