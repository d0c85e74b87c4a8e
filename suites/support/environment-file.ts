import type { Judging } from '../../src/check.ts'
import { type EnvFile, parseEnvFile } from '../../src/host/env-file.ts'
import type { Facts } from '../../src/host/facts.ts'

type TextFile = Facts<'envFile'>

/** What the environment file assigns; fails the check where the file is missing, cut short, or assigns nothing. */
export function assigned(file: TextFile, expect: Judging['expect']): EnvFile {
  const parsed = parseEnvFile(file.text)
  const problems = [
    ...(file.exists ? [] : ['it is not there']),
    ...(file.truncated ? ['it is too long to be read whole'] : []),
    ...(file.exists && parsed.assignments.length === 0 ? ['it assigns nothing'] : []),
  ]
  expect(problems, `what is wrong with ${file.path}`).toEqual([])
  return parsed
}

/** The variable as a number; what is none, or missing, becomes a problem. */
export function numberOf(file: EnvFile, key: string, problems: string[]): number {
  const text = file.values.get(key)
  const value = Number(text)
  if (text === undefined || text === '' || !Number.isFinite(value)) problems.push(`${key} is ${text ?? 'not set'}, and no number`)
  return value
}

/** Each variable that differs from what is wanted, in words. */
export function differing(file: EnvFile, wanted: Readonly<Record<string, string>>): string[] {
  return Object.entries(wanted).flatMap(([key, value]) => {
    const found = file.values.get(key)
    return found === value ? [] : [`${key} is ${found ?? 'not set'}, expected ${value}`]
  })
}
