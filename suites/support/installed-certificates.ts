import type { Judging } from '../../src/check.ts'
import type { Facts } from '../../src/host/facts.ts'
import { type Certificate, parseCertificates } from '../../src/probes/certificate.ts'
import type { Target } from '../../src/targets/target.ts'
import { notThere } from './not-there.ts'

/** A service and the chain in its certificate file, leaf first. */
export interface Installed {
  readonly service: string
  /** Host name under which the public asks for it; empty where it has none. */
  readonly host: string
  readonly file: string
  readonly keyFile: string
  readonly chain: readonly Certificate[]
  readonly problems: readonly string[]
}

/** Each service's certificate as it lies on the host. Fails the check where the target names none at all. */
export function installedCertificates(
  facts: Facts<'certificates'>,
  { target, expect }: Pick<Judging, 'target' | 'expect'>,
): Installed[] {
  const installed = target.services.flatMap(({ name, certificate, key, public: url }) => {
    if (certificate === undefined) return []
    const file = `${target.spec.paths.certificates}/${certificate}`
    const { certificates, problems } = pemAt(facts, file)
    const keyFile = key === undefined ? '' : `${target.spec.paths.keys}/${key}`
    return [{ service: name, host: url === undefined ? '' : new URL(url).hostname, file, keyFile, chain: certificates, problems }]
  })
  expect(installed, 'services with a certificate file in the target').not.toEqual([])
  return installed
}

/** The leaves that could be read; ends the check unobserved where there is none. */
export function leaves(
  facts: Facts<'certificates'>,
  judging: Pick<Judging, 'target' | 'expect' | 'unobserved'>,
): (Installed & { leaf: Certificate })[] {
  const found = installedCertificates(facts, judging).flatMap((installed) => {
    const [leaf] = installed.chain
    return leaf === undefined ? [] : [{ ...installed, leaf }]
  })
  if (found.length > 0) return found
  const { target } = judging
  const state = 'holds no certificate of a service that can be read'
  const thing = { what: 'the directory of certificates', setting: 'paths.certificates', state }
  return judging.unobserved(notThere(target, target.spec.paths.certificates, thing))
}

/** The installed CA. */
export function installedAuthority(facts: Facts<'certificates'>, target: Target): ReturnType<typeof parseCertificates> {
  return pemAt(facts, target.spec.paths.ca)
}

function pemAt(facts: Facts<'certificates'>, path: string): ReturnType<typeof parseCertificates> {
  const file = facts.files.find(({ entry }) => entry.path === path)
  return file === undefined ? { certificates: [], problems: ['is missing'] } : parseCertificates(file.pem)
}
