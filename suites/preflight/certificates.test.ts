import { check } from '../../src/check.ts'
import { type Cause, NotApplicable } from '../../src/outcome.ts'
import { promised } from '../../src/probe.ts'
import { chainProblem, coversName, daysLeft, daysValid } from '../../src/probes/certificate.ts'
import { hostFact } from '../../src/probes/host.ts'
import type { Target } from '../../src/targets/target.ts'
import { installedAuthority, installedCertificates, leaves } from '../support/installed-certificates.ts'
import { keyProblems, signatureProblems } from '../support/key-strength.ts'
import { modeProblem } from '../support/mode.ts'
import { notThere } from '../support/not-there.ts'

const certificates = (target: Target) => hostFact(target, 'services', 'certificates')

check(
  'PRE-78',
  'The certificate of every service and the CA certificate are installed and can be parsed, and so is every private key.',
  (target) => ({ found: promised(certificates(target)), keys: promised(hostFact(target, 'services', 'keys')) }),
  ({ found, keys }, judging) => {
    const { target, expect } = judging
    const installed = installedCertificates(found, judging)
    const problems = [
      ...installed.flatMap(({ file, problems: own }) => own.map((problem) => `${file} ${problem}`)),
      ...installedAuthority(found, target).problems.map((problem) => `${target.spec.paths.ca} ${problem}`),
      ...installed.flatMap(({ keyFile }) => {
        const key = keys.keys.find(({ name }) => keyFile.endsWith(`/${name}`))
        if (key === undefined) return [`${keyFile} is missing`]
        return key.publicKeySha256 === '' ? [`${keyFile} (${key.label || 'no PEM'}) opens as no key without a passphrase`] : []
      }),
    ]
    expect(problems, 'certificates and keys that are missing or broken').toEqual([])
  },
)

check(
  'PRE-79',
  'Every installed certificate, the CA’s included, is valid today and for at least 21 days more.',
  certificates,
  (found, judging) => {
    const least = judging.atLeast('certificate.daysLeft', 21, 'days')
    const { target, expect, now } = judging
    const authority = installedAuthority(found, target).certificates.map((certificate) => ({
      file: target.spec.paths.ca,
      certificate,
    }))
    const own = leaves(found, judging).flatMap(({ file, chain }) => chain.map((certificate) => ({ file, certificate })))
    const problems = [...own, ...authority].flatMap(({ file, certificate }) => {
      const { subject, notBefore, notAfter } = certificate
      const days = daysLeft(certificate, now)
      if (daysValid(certificate, now) < 0) return [`${file}: ${subject} is not valid before ${notBefore.toISOString()}`]
      return days < least ? [`${file}: ${subject} ends at ${notAfter.toISOString()}, in ${days.toFixed(1)} days`] : []
    })
    expect(problems, `certificates that are not valid, or for less than ${least} days`).toEqual([])
  },
)

check('PRE-80', 'Every service certificate chains to the installed CA.', certificates, (found, judging) => {
  const { target, expect, now } = judging
  const authorities = installedAuthority(found, target).certificates
  // Dates are PRE-79's: here a certificate that has expired still has its issuer.
  const problems = leaves(found, judging).flatMap(({ file, chain, leaf }) => {
    const problem = chainProblem(chain, authorities, daysValid(leaf, now) < 0 || daysLeft(leaf, now) < 0 ? leaf.notBefore : now)
    return problem === undefined ? [] : [`${file}: ${problem}`]
  })
  expect(problems, 'certificates that do not chain to the CA').toEqual([])
})

check('PRE-81', 'Every service certificate covers the public name of its service.', certificates, (found, judging) => {
  const named = leaves(found, judging).filter(({ host }) => host !== '')
  judging.expect(named.length, 'services with certificate and public name').toBeGreaterThan(0)
  const problems = named
    .filter(({ leaf, host }) => !coversName(leaf, host))
    .map(({ file, leaf, host }) => `${file} covers ${leaf.names.join(', ') || 'nothing'}, not ${host}`)
  judging.expect(problems, 'certificates for another name').toEqual([])
})

check(
  'PRE-82',
  'Every private key belongs to the certificate beside it.',
  (target) => ({ found: certificates(target), keys: hostFact(target, 'services', 'keys') }),
  ({ found, keys }, judging) => {
    const pairs = leaves(found, judging).flatMap(({ file, keyFile, leaf }) => {
      const key = keys.keys.find(({ name }) => keyFile.endsWith(`/${name}`))
      return key === undefined || key.publicKeySha256 === ''
        ? []
        : [{ file, keyFile, fits: key.publicKeySha256 === leaf.publicKeySha256 }]
    })
    if (pairs.length === 0) judging.unobserved(noKey(judging.target))
    const strangers = pairs.filter(({ fits }) => !fits).map(({ file, keyFile }) => `${keyFile} is not the key of ${file}`)
    judging.expect(strangers, 'keys of another certificate').toEqual([])
  },
)

function noKey(target: Target): Cause {
  const state = 'holds no key of a service that opens without a passphrase'
  return notThere(target, target.spec.paths.keys, { what: 'the directory of private keys', setting: 'paths.keys', state })
}

check(
  'PRE-83',
  'Every installed certificate has a key and a signature of a strength that is trusted today.',
  certificates,
  (found, judging) => {
    const bits = judging.atLeast('certificate.rsaBits', 2048, 'bits')
    const problems = leaves(found, judging).flatMap(({ file, chain }) =>
      chain.flatMap((certificate) =>
        [...keyProblems(certificate, bits), ...signatureProblems(certificate)].map((text) => `${file}: ${text}`),
      ),
    )
    judging.expect(problems, 'weak keys and signatures').toEqual([])
  },
)

check(
  'PRE-84',
  'Nobody but their owner may change the private keys, and nobody but owner and group may read them or enter their directory.',
  (target) => hostFact(target, 'services', 'keyFiles'),
  ({ directory, files }, { expect }) => {
    expect(files.length, `files in ${directory.path}`).toBeGreaterThan(0)
    const problems = [
      modeProblem(directory, 0o027),
      ...files.filter(({ type }) => type === 'file').map((file) => modeProblem(file, 0o037)),
    ]
    expect(
      problems.filter((problem) => problem !== undefined),
      'what others may do with the keys',
    ).toEqual([])
  },
)

check(
  'PRE-85',
  'Some installed certificate covers each public name that has no service of its own, such as the API’s.',
  (target) => {
    if (Object.keys(target.spec.gateways).length === 0) throw new NotApplicable(`target ${target.name} has no gateways`)
    return certificates(target)
  },
  (found, judging) => {
    const { target, expect } = judging
    const covering = leaves(found, judging)
    const names = Object.values(target.spec.gateways).map(({ public: url }) => new URL(url).hostname)
    const uncovered = names.filter((name) => !covering.some(({ leaf }) => coversName(leaf, name)))
    expect(names, 'public names without a service of their own').not.toEqual([])
    expect(uncovered, 'public names that no installed certificate covers').toEqual([])
  },
)
