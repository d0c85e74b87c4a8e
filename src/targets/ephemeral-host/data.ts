import { databaseSchema, generatedData } from '../../../fixtures/ephemeral/index.ts'
import type { Shell } from '../../host/shell.ts'
import type { BackupOptions } from '../../procedures/backup.ts'
import { setUpDatabase } from '../ephemeral/database.ts'
import type { TargetSpec } from '../schema.ts'

const COMMAND_MS = 60_000
const MAX_BYTES = 1_024 ** 2
const PARTITIONS = 3

export interface DataOptions {
  /** With near ends of forwards. */
  readonly spec: TargetSpec
  readonly shell: Shell
  readonly secrets: Readonly<Record<'postgres.password' | 'postgres.adminPassword', string>>
  readonly now: Date
  readonly signal: AbortSignal
}

/** Makes the topics by the broker's own tool, and the database with the data that is there before the run. */
export async function makeData({ spec, shell, secrets, now, signal }: DataOptions): Promise<void> {
  const { postgres } = spec
  const database = async (): Promise<void> => {
    if (postgres === undefined) return
    const sql = `${await databaseSchema()}\n${generatedData(now)}`
    const passwords = { password: secrets['postgres.password'], adminPassword: secrets['postgres.adminPassword'] }
    await setUpDatabase({ spec: postgres, ...passwords, sql })
  }
  const topics = async (): Promise<void> => {
    const { topics, replication } = { topics: spec.names.topics, replication: spec.kafka?.replicationFactor ?? 1 }
    for (const topic of topics) {
      const shape = ['--partitions', String(PARTITIONS), '--replication-factor', String(replication)]
      await inKafka({ spec, shell, signal }, ['kafka-topics', '--create', '--if-not-exists', '--topic', topic, ...shape])
    }
  }
  await Promise.all([database(), ...(spec.kafka === undefined ? [] : [topics()])])
}

/** The end of every topic, as the broker's own tool tells it. */
export async function topicEnds(
  options: Pick<DataOptions, 'spec' | 'shell' | 'signal'>,
): ReturnType<NonNullable<BackupOptions['kafka']>> {
  const printed = await inKafka(options, ['kafka-get-offsets', '--exclude-internal-topics'])
  const topics = printed.split('\n').flatMap((line) => {
    const [, name, partition, offset] = /^(\S+):(\d+):(\d+)$/.exec(line) ?? []
    return name === undefined ? [] : [{ name, partition: Number(partition), offset: Number(offset) }]
  })
  return { topics }
}

async function inKafka(
  { spec, shell, signal }: Pick<DataOptions, 'spec' | 'shell' | 'signal'>,
  [tool = '', ...options]: readonly string[],
): Promise<string> {
  const container = `${spec.compose?.project ?? ''}-kafka-1`
  const argv = ['docker', 'exec', container, tool, '--bootstrap-server', 'localhost:9092', ...options]
  const { exitCode, stdout, stderr } = await shell.run(argv, { timeoutMs: COMMAND_MS, maxBytes: MAX_BYTES, signal })
  if (exitCode !== 0) throw new Error(`${tool} in ${container} ended with ${exitCode}: ${(stderr || stdout).trim().slice(-500)}`)
  return stdout
}
