import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { LiveHostControl } from './control.ts'

const SCRIPT = new URL('fingerprint.sh', import.meta.url)
const row = z.tuple([z.string(), z.string()])

/** The fingerprint of a host, taken by one script there. */
export async function hostFingerprint({ bash, spec: { paths } }: LiveHostControl): Promise<Record<string, string>> {
  const script = await readFile(SCRIPT, 'utf8')
  const told = await bash(script, paths.application, paths.backups, paths.secrets, paths.backups, '/etc/docker')
  const lines = told.split('\n').filter((line) => line !== '')
  return Object.fromEntries(lines.map((line) => row.parse(line.split('\t', 2))))
}
