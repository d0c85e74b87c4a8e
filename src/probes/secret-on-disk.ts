import { createHash } from 'node:crypto'
import type { Facts } from '../host/facts.ts'
import type { Probe } from '../probe.ts'

/** Whether the secret that the operator holds is the one in a file on the host. */
export interface SecretOnDisk {
  readonly file: string
  /** null: there is no such file. */
  readonly same: boolean | null
}

/**
 * Compares a secret of the target with a file of the secrets directory by the run's salted hash: neither leaves its place.
 * @throws Unobserved where the target has no such secret, or where the host could not be asked.
 */
export function secretOnDisk(contents: Probe<Facts<'secretContents'>>, file: string, secret: string): Probe<SecretOnDisk> {
  return {
    ...contents,
    kind: 'secret-on-disk',
    derived: true,
    access: { ...contents.access, operation: `compare ${secret} with the file ${file} by salted hash` },
    deadlineMs: contents.deadlineMs + 1_000,
    async read(session) {
      const reading = await session.share(contents)
      const { salt, secrets } = reading.value
      const held = createHash('sha256').update(salt).update(session.secret(secret).replace(/\n+$/, '')).digest('hex')
      const found = secrets.find(({ name }) => name === file)
      const same = found === undefined ? null : found.saltedHash === held
      const raw = same === null ? `there is no file ${file}` : `${file} ${same ? 'equals' : 'differs from'} ${secret}`
      return reading.origin === undefined
        ? { value: { file, same }, raw }
        : { value: { file, same }, raw, origin: reading.origin }
    },
  }
}
