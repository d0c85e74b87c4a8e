import { check } from '../../src/check.ts'
import { NotApplicable } from '../../src/outcome.ts'
import { promised } from '../../src/probe.ts'
import { coversName, daysLeft, parseCertificates } from '../../src/probes/certificate.ts'
import { hostFact } from '../../src/probes/host.ts'
import { oldTls, presentedTls } from '../../src/probes/tls.ts'
import type { Target } from '../../src/targets/target.ts'
import { publicEndpoints } from '../support/public-endpoint.ts'
import { tlsRequest } from '../support/tls-request.ts'

const presentedBy = (target: Target) =>
  Object.fromEntries(
    publicEndpoints(target).map((endpoint) => [endpoint.url.hostname, presentedTls(tlsRequest(target, endpoint))]),
  )

// What negotiates nothing that we speak is what the line is about: a refused handshake is red, not a blind spot.
const promisedBy = (target: Target) =>
  Object.fromEntries(Object.entries(presentedBy(target)).map(([name, presented]) => [name, promised(presented)]))

check('POST-06', 'Every public name negotiates TLS 1.2 or newer.', promisedBy, (presented, { expect }) => {
  const old = Object.entries(presented)
    .filter(([, { protocol }]) => !['TLSv1.2', 'TLSv1.3'].includes(protocol))
    .map(([name, { protocol }]) => `${name} negotiates ${protocol}`)
  expect(Object.keys(presented), 'public names that were asked').not.toEqual([])
  expect(old, 'names below TLS 1.2').toEqual([])
})

check(
  'POST-07',
  'No public name accepts a client that speaks TLS 1.1 or TLS 1.0 at most.',
  (target) =>
    Object.fromEntries(
      publicEndpoints(target).map((endpoint) => {
        const request = tlsRequest(target, endpoint)
        return [endpoint.url.hostname, [oldTls(request, 'TLSv1'), oldTls(request, 'TLSv1.1')]]
      }),
    ),
  (answers, { expect }) => {
    const accepted = Object.entries(answers).flatMap(([name, versions]) =>
      versions.filter((version) => version.accepted).map(({ version, answer }) => `${name} accepts ${version}: ${answer}`),
    )
    expect(Object.keys(answers), 'public names that were asked').not.toEqual([])
    expect(accepted, 'names that accept old versions of TLS').toEqual([])
  },
)

check(
  'POST-08',
  'Every public name presents a whole chain that leads to a trusted authority.',
  presentedBy,
  (presented, { expect }) => {
    const untrusted = Object.entries(presented)
      .filter(([, { verifyError }]) => verifyError !== '' && !isNameProblem(verifyError) && !isDateProblem(verifyError))
      .map(([name, { verifyError }]) => `${name}: ${verifyError}`)
    expect(Object.keys(presented), 'public names that were asked').not.toEqual([])
    expect(untrusted, 'chains that a client would not trust').toEqual([])
  },
)

check('POST-09', 'Every presented certificate names the host that was asked for.', presentedBy, (presented, { expect }) => {
  const others = Object.entries(presented)
    .filter(
      ([
        name,
        {
          chain: [leaf],
        },
      ]) => leaf === undefined || !coversName(leaf, name),
    )
    .map(
      ([
        name,
        {
          chain: [leaf],
        },
      ]) => `${name}: the certificate is for ${leaf?.names.join(', ') ?? 'nobody'}`,
    )
  expect(Object.keys(presented), 'public names that were asked').not.toEqual([])
  expect(others, 'names that their certificate does not cover').toEqual([])
})

check(
  'POST-10',
  'Every presented certificate, with all that it chains to, is valid now and for at least 21 more days.',
  presentedBy,
  (presented, { expect, atLeast, measure, now }) => {
    const least = atLeast('certificate.daysLeft', 21, 'days')
    const problems: string[] = []
    for (const [name, { chain }] of Object.entries(presented)) {
      const left = Math.min(...chain.map((certificate) => daysLeft(certificate, now)))
      measure({ name: `certificate.${name}.daysLeft`, unit: 'days', value: left, limit: least, sampleCount: 1, series: [] })
      for (const { subject, notBefore, notAfter } of chain.filter((certificate) => daysLeft(certificate, now) < least))
        problems.push(`${name}: ${subject} ends ${notAfter.toISOString()} (began ${notBefore.toISOString()})`)
      for (const { subject, notBefore } of chain.filter((certificate) => certificate.notBefore > now))
        problems.push(`${name}: ${subject} begins ${notBefore.toISOString()}`)
    }
    expect(Object.keys(presented), 'public names that were asked').not.toEqual([])
    expect(problems, 'certificates outside their time').toEqual([])
  },
)

check(
  'POST-11',
  'Every public name serves the very certificate that is installed for it on the services host.',
  (target) => {
    if (target.spec.tls.terminatedBy === 'load-balancer')
      throw new NotApplicable(`target ${target.name} declares tls.terminatedBy: load-balancer, whose certificates are its own`)
    return { presented: Object.values(presentedBy(target)), installed: hostFact(target, 'services', 'certificates') }
  },
  ({ presented, installed }, { target, expect }) => {
    const problems = publicEndpoints(target).flatMap(({ url, name, service }, index) => {
      const own = name === service ? target.service(service).certificate : undefined
      const files = installed.files.filter(({ entry }) => own === undefined || entry.path.endsWith(`/${own}`))
      const onDisk = files.flatMap(({ pem }) => parseCertificates(pem).certificates.slice(0, 1))
      const leaf = presented[index]?.chain[0]
      if (leaf !== undefined && onDisk.some(({ fingerprint }) => fingerprint === leaf.fingerprint)) return []
      return [
        `${url.hostname} serves ${leaf?.fingerprint.slice(0, 16) ?? 'nothing'}, which is not in ${own ?? 'any installed file'}`,
      ]
    })
    expect(presented, 'certificates that were presented').not.toEqual([])
    expect(problems, 'names that serve another certificate than the installed one').toEqual([])
  },
)

function isNameProblem(verifyError: string): boolean {
  return /HOSTNAME|ERR_TLS_CERT_ALTNAME_INVALID|altnames/i.test(verifyError)
}

function isDateProblem(verifyError: string): boolean {
  return /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|expired|not yet valid/i.test(verifyError)
}
