import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { SecretReference, TargetSpec } from '../../targets/schema.ts'

/** What a live target may be asked for: the flag of each run narrows it. */
const ALLOW = ['read', 'exec', 'synthetic-write'] as const

/**
 * Writes a target of this machine as the file of a live one, with its secrets in files beside it.
 * Returns the file's path.
 */
export async function writeTargetFile(
  spec: TargetSpec,
  secrets: Readonly<Record<string, string>>,
  directory: string,
): Promise<string> {
  const written = async (name: string): Promise<SecretReference> => {
    const file = path.join(directory, name)
    await writeFile(file, secrets[name] ?? '', { mode: 0o600 })
    return { file }
  }
  const { stack, images, postgres, redis, grafana, apiKey, ...rest } = spec
  const live = {
    ...rest,
    name: 'as-live',
    kind: 'live',
    allow: ALLOW,
    ...(apiKey && { apiKey: await written('apiKey') }),
    ...(postgres && { postgres: { ...postgres, password: await written('postgres.password') } }),
    ...(redis && { redis: { ...redis, password: await written('redis.password') } }),
    ...(grafana && { grafana: { ...grafana, password: await written('grafana.password') } }),
  }
  const file = path.join(directory, 'as-live.yaml')
  await writeFile(file, JSON.stringify(live))
  return file
}
