import type { Judging } from '../../src/check.ts'
import type { Facts } from '../../src/host/facts.ts'
import type { Probe } from '../../src/probe.ts'
import { hostFact } from '../../src/probes/host.ts'
import { type SecretOnDisk, secretOnDisk } from '../../src/probes/secret-on-disk.ts'
import type { Target } from '../../src/targets/target.ts'

export type SecretContent = Facts<'secretContents'>['secrets'][number]

/** What was judged of each secret that the product needs; fails the check where none of them was there to be judged. */
export function neededSecrets(contents: Facts<'secretContents'>, { target, expect }: Judging): SecretContent[] {
  const found = contents.secrets.filter(({ name }) => target.spec.names.secrets.includes(name))
  expect(found.length, `secrets found in ${target.spec.paths.secrets}`).toBeGreaterThan(0)
  return found
}

/** Whether the operator's secret is the one in that file on the services host. */
export function onDisk(target: Target, file: string, secret: string): Probe<SecretOnDisk> {
  return secretOnDisk(hostFact(target, 'services', 'secretContents'), file, secret)
}
