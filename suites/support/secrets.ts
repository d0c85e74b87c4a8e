import type { Judging } from '../../src/check.ts'
import type { Facts } from '../../src/host/facts.ts'
import type { Cause } from '../../src/outcome.ts'
import type { Probe } from '../../src/probe.ts'
import { hostFact } from '../../src/probes/host.ts'
import { type SecretOnDisk, secretOnDisk } from '../../src/probes/secret-on-disk.ts'
import type { Target } from '../../src/targets/target.ts'
import { notThere } from './not-there.ts'

export type SecretContent = Facts<'secretContents'>['secrets'][number]

/** What was judged of each secret that the product needs; ends the check unobserved where none of them is there. */
export function neededSecrets(contents: Facts<'secretContents'>, { target, unobserved }: Judging): SecretContent[] {
  const found = contents.secrets.filter(({ name }) => target.spec.names.secrets.includes(name))
  return found.length > 0 ? found : unobserved(noSecret(target))
}

/** Why nothing can be said of the secrets: none that the product needs is there. */
export function noSecret(target: Target): Cause {
  const state = 'holds no secret that the product needs'
  return notThere(target, target.spec.paths.secrets, { what: 'the directory of secrets', setting: 'paths.secrets', state })
}

/** Why the secret on disk is not the one in force; nothing where it is. */
export function diskProblems({ file, same }: SecretOnDisk): string[] {
  if (same === null) return [`there is no file ${file} to compare with`]
  return same ? [] : [`the file ${file} holds another one than this run was given`]
}

/** Whether the operator's secret is the one in that file on the services host. */
export function onDisk(target: Target, file: string, secret: string): Probe<SecretOnDisk> {
  return secretOnDisk(hostFact(target, 'services', 'secretContents'), file, secret)
}
