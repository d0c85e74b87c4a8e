import { readFile, stat } from 'node:fs/promises'
import { Unobserved } from '../outcome.ts'
import type { Probe } from '../probe.ts'
import { quote } from './reproduce.ts'

const MAX_BYTES = 50 * 1_024 * 1_024

/** The text of a file on the operator's own side, such as the report of another run. */
export function operatorFile(path: string, { system }: { readonly system: string }): Probe<string> {
  return {
    kind: 'operator-file',
    access: { system, address: 'this machine', operation: `read ${path}`, effect: 'read', reproduce: `cat ${quote(path)}` },
    deadlineMs: 10_000,
    async read() {
      try {
        const { size } = await stat(path)
        if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, at most ${MAX_BYTES} are read`)
        const value = await readFile(path, 'utf8')
        return { value, raw: value.slice(0, 2_000) }
      } catch (error) {
        const text = `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}; put it there or correct the target file`
        throw new Unobserved({ id: `file:${path}`, text })
      }
    },
  }
}
