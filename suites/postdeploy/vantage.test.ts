import { check, type Judging } from '../../src/check.ts'
import { Unobserved } from '../../src/outcome.ts'
import { type SeenName, seenFrom } from '../../src/probes/seen-from.ts'
import { type Presented, presentedTls } from '../../src/probes/tls.ts'
import type { HostSpec } from '../../src/targets/schema.ts'
import type { Target } from '../../src/targets/target.ts'
import { portOf } from '../support/endpoint.ts'
import { publicEndpoints } from '../support/public-endpoint.ts'
import { tlsRequest } from '../support/tls-request.ts'

/** The public names as they are seen from there, and the certificates that they present here. */
function views(target: Target, system: string, from: string | HostSpec) {
  const endpoints = publicEndpoints(target)
  const names = endpoints.map(({ url }) => ({ name: url.hostname, port: portOf(url) }))
  return {
    there: seenFrom({ system, from, names }),
    here: endpoints.map((endpoint) => presentedTls(tlsRequest(target, endpoint))),
  }
}

interface Views {
  readonly there: readonly SeenName[]
  readonly here: readonly Presented[]
}

/** What is another there than here. */
function differences({ there, here }: Views, addresses: readonly string[]): string[] {
  return there.flatMap(({ name, addresses: seen, fingerprint, complaint }, index) => {
    const strange = addresses.length === 0 ? [] : seen.filter((address) => !addresses.includes(address))
    const own = here[index]?.chain[0]?.fingerprint ?? ''
    return [
      ...(seen.length === 0 ? [`${name} does not resolve there`] : []),
      ...strange.map((address) => `${name} resolves there to ${address}, which the target file does not list`),
      ...(fingerprint === '' && seen.length > 0 ? [`${name} presents no certificate there: ${complaint}`] : []),
      ...(fingerprint !== '' && fingerprint !== own
        ? [`${name} presents ${fingerprint.slice(0, 16)} there, and ${own.slice(0, 16)} here`]
        : []),
    ]
  })
}

function judge(seen: Views, addresses: readonly string[], { expect }: Judging): void {
  expect(seen.there.length, 'public names that were looked at').toBeGreaterThan(0)
  expect(differences(seen, addresses), 'names that lead elsewhere').toEqual([])
}

check(
  'POST-71',
  'On the services host every public name leads to where it leads from here: to a listed address, and to the same certificate.',
  (target) => {
    target.requirePart('inside')
    return views(target, 'host', target.host('services'))
  },
  (seen, judging) => {
    const { dns } = judging.target.spec
    judge(seen, dns.expect.length === 0 ? [] : [...dns.expect, ...dns.inside], judging)
  },
)

check(
  'POST-72',
  'From outside the zone every public name leads to where it leads from here: to a listed address, and to the same certificate.',
  (target) => {
    target.requirePart('vantage')
    const { vantage } = target.spec.expect
    if (vantage === undefined) throw new Unobserved(NO_VANTAGE)
    return views(target, 'vantage', vantage)
  },
  (seen, judging) => judge(seen, judging.target.spec.dns.expect, judging),
)

const NO_VANTAGE = {
  id: 'undescribed:expect.vantage',
  text: 'what the public sees shows only from outside; give an ssh destination outside the zone as `expect.vantage`, or waive this line',
}
