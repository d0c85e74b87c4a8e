import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type EphemeralSecrets, prepareBackups } from '../../../fixtures/ephemeral/index.ts'
import type { Shell } from '../../host/shell.ts'
import { redisSnapshot } from '../../procedures/redis-snapshot.ts'
import type { HostContainer } from '../host-container/index.ts'
import type { TargetSpec } from '../schema.ts'
import { topicEnds } from './data.ts'

export interface History {
  readonly host: HostContainer
  readonly shell: Shell
  /** With near ends of forwards. */
  readonly spec: TargetSpec
  readonly secrets: EphemeralSecrets
  /** What was put onto the host: path → text. */
  readonly put: Readonly<Record<string, string>>
  /** Of the deploy, here. */
  readonly log: string
  readonly runDirectory: string
  readonly now: Date
  readonly signal: AbortSignal
}

/** What a host has that was deployed and is backed up each night: the deploy's log, the backup before it, a month of nightly ones. */
export async function putHistory(history: History): Promise<void> {
  const { host, spec, log } = history
  await host.put(spec.paths.deployLog, await readFile(log, 'utf8'), { mode: 0o640, owner: `${host.account}:docker` })
  await putBackups(history)
}

async function putBackups({ host, shell, spec, secrets, put, runDirectory, now, signal }: History): Promise<void> {
  const { postgres, redis, kafka, compose, paths } = spec
  if (postgres === undefined || compose === undefined) return
  const root = path.join(runDirectory, 'to-host')
  const env = await host.run(['cat', compose.envFile])
  const configuration = { ...put, [compose.envFile]: env }
  const wanted = [compose.envFile, compose.file, paths.prometheusConfig]
  for (const place of wanted) {
    await mkdir(path.dirname(path.join(root, place)), { recursive: true })
    await writeFile(path.join(root, place), configuration[place] ?? '', { mode: 0o640 })
  }
  await prepareBackups({
    now,
    root,
    signal,
    backups: paths.backups,
    composeFile: compose.file,
    configuration: wanted,
    database: { ...postgres, password: secrets['postgres.password'] },
    stores: {
      ...(kafka && { kafka: () => topicEnds({ spec, shell, signal }) }),
      ...(redis && {
        redis: (directory: string) =>
          redisSnapshot({ directory, signal, redis: { ...redis, password: secrets['redis.password'] } }),
      }),
    },
  })
  await copyDirectory(path.join(root, paths.backups), host, paths.backups)
}

/** Copies a directory's content into one of the host, with its modes and times; it belongs to the account that deploys then. */
export async function copyDirectory(from: string, host: HostContainer, to: string): Promise<void> {
  const packed = spawn('tar', ['-C', from, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const script = 'tar -C "$1" --no-same-owner -xp && chown -R "$2" "$1"'
  await host.run(['sh', '-c', script, 'sh', to, `${host.account}:docker`], { stdin: packed.stdout })
}
