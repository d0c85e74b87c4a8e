import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { UsageError } from '../outcome.ts'
import { type SecretReference, secretReference, type TargetSpec } from './schema.ts'

const COMMAND_TIMEOUT_MS = 10_000

/** Resolves every secret reference of a target, by its key (`postgres.password`). @throws UsageError naming the key and what its reference gave; never the secret. */
export async function resolveSecrets(spec: TargetSpec): Promise<Record<string, string>> {
  const found = secretReferences(spec)
  return Object.fromEntries(await Promise.all(found.map(async ([key, reference]) => [key, await resolveSecret(key, reference)])))
}

/** Every secret reference of a target, by its key. */
export function secretReferences(spec: TargetSpec): [key: string, reference: SecretReference][] {
  return [...references(spec, [])]
}

function* references(value: unknown, path: readonly string[]): Generator<[string, SecretReference]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  const reference = secretReference.safeParse(value)
  if (reference.success) yield [path.join('.'), reference.data]
  else for (const [key, child] of Object.entries(value)) yield* references(child, [...path, key])
}

/** Follows one reference. @throws UsageError naming the key and what its reference gave; never the secret. */
export async function resolveSecret(key: string, reference: SecretReference): Promise<string> {
  const secret = await read(key, reference)
  if (secret === '') throw new UsageError(`${key}: ${nameOf(reference)} is empty; a secret must have at least one character`)
  return secret
}

async function read(key: string, reference: SecretReference): Promise<string> {
  if ('env' in reference) {
    const value = process.env[reference.env]
    if (value === undefined)
      throw new UsageError(`${key}: the environment variable ${reference.env} is not set; export it, or change the reference`)
    return value
  }
  try {
    if ('file' in reference) return readFileSync(reference.file, 'utf8').replace(/\r?\n$/, '')
    const [command = '', ...argv] = reference.command
    const { stdout } = await promisify(execFile)(command, argv, { timeout: COMMAND_TIMEOUT_MS })
    return stdout.split(/\r?\n/)[0] ?? ''
  } catch (error) {
    // Neither the command's output nor its message: both may hold the secret.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed'
    throw new UsageError(`${key}: ${nameOf(reference)} gave no secret (${code}); run it by hand, or change the reference`)
  }
}

function nameOf(reference: SecretReference): string {
  if ('env' in reference) return `the environment variable ${reference.env}`
  if ('file' in reference) return `the file ${reference.file}`
  return `the command ${reference.command[0]}`
}
