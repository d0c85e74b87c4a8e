import { createHash, X509Certificate } from 'node:crypto'

/** A certificate as plain data; dates are the certificate's own. */
export interface Certificate {
  readonly pem: string
  readonly subject: string
  readonly issuer: string
  /** DNS names of the subject alternative name; the common name does not count, no client looks at it any more. */
  readonly names: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  readonly serialNumber: string
  /** SHA-256 of the whole certificate, lower-case hex. */
  readonly fingerprint: string
  /** SHA-256 of the DER-encoded public key (SubjectPublicKeyInfo), lower-case hex. */
  readonly publicKeySha256: string
  /** `rsa`, `ec`, `ed25519`, … */
  readonly keyType: string
  /** Bits of the modulus or of the curve; undefined where the type implies it. */
  readonly keyBits: number | undefined
  /** Such as `sha256WithRSAEncryption` or `ecdsa-with-SHA256`. */
  readonly signatureAlgorithm: string
  readonly isAuthority: boolean
}

/** What a PEM text held: its certificates in order, and what in it is none. */
export interface ParsedPem {
  readonly certificates: readonly Certificate[]
  readonly problems: readonly string[]
}

const PEM = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g
const CURVE_BITS: Readonly<Record<string, number>> = { prime256v1: 256, secp256k1: 256, secp384r1: 384, secp521r1: 521 }
const DAY_MS = 86_400_000

/** Parses every certificate of a PEM text; a text without any is a problem. */
export function parseCertificates(text: string): ParsedPem {
  const blocks = text.match(PEM) ?? []
  const certificates: Certificate[] = []
  const problems = blocks.length === 0 ? ['holds no certificate'] : []
  for (const [index, block] of blocks.entries()) {
    try {
      certificates.push(describe(new X509Certificate(block)))
    } catch (error) {
      problems.push(`certificate ${index + 1} cannot be parsed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { certificates, problems }
}

/** The plain model of a parsed certificate. */
export function describe(x509: X509Certificate): Certificate {
  const { publicKey } = x509
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return {
    pem: x509.toString(),
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    names: dnsNames(x509.subjectAltName ?? ''),
    notBefore: x509.validFromDate,
    notAfter: x509.validToDate,
    serialNumber: x509.serialNumber.toLowerCase(),
    fingerprint: createHash('sha256').update(x509.raw).digest('hex'),
    publicKeySha256: createHash('sha256').update(spki).digest('hex'),
    keyType: publicKey.asymmetricKeyType ?? 'unknown',
    keyBits: publicKey.asymmetricKeyDetails?.modulusLength ?? CURVE_BITS[publicKey.asymmetricKeyDetails?.namedCurve ?? ''],
    signatureAlgorithm: x509.signatureAlgorithm ?? 'unknown',
    isAuthority: x509.ca,
  }
}

/** Whether a client that asks for this name would accept the certificate (wildcards included, common name not). */
export function coversName({ pem }: Certificate, name: string): boolean {
  return new X509Certificate(pem).checkHost(name, { subject: 'never' }) !== undefined
}

/** Days until it expires, negative once it has. */
export function daysLeft({ notAfter }: Certificate, now: Date): number {
  return (notAfter.getTime() - now.getTime()) / DAY_MS
}

/** Days for which it has been valid, negative before its first. */
export function daysValid({ notBefore }: Certificate, now: Date): number {
  return (now.getTime() - notBefore.getTime()) / DAY_MS
}

/**
 * Why the first certificate does not chain to one of the authorities; undefined where it does. The others serve as
 * intermediates, in any order. Every signature and every date on the way is looked at; name constraints are not.
 */
export function chainProblem(chain: readonly Certificate[], authorities: readonly Certificate[], now: Date): string | undefined {
  const [leaf, ...intermediates] = chain
  if (leaf === undefined) return 'there is no certificate'
  let current = leaf
  for (let depth = 0; depth <= intermediates.length + 1; depth += 1) {
    if (daysValid(current, now) < 0) return `${current.subject} is not valid before ${current.notBefore.toISOString()}`
    if (daysLeft(current, now) < 0) return `${current.subject} expired at ${current.notAfter.toISOString()}`
    if (authorities.some(({ fingerprint }) => fingerprint === current.fingerprint)) return undefined
    const issuer = [...authorities, ...intermediates].find((candidate) => candidate !== current && issued(candidate, current))
    if (issuer === undefined) return `no trusted authority issued ${current.subject} (its issuer is ${current.issuer})`
    current = issuer
  }
  return `the chain of ${leaf.subject} runs in a circle`
}

function issued(issuer: Certificate, subject: Certificate): boolean {
  if (!issuer.isAuthority) return false
  const parent = new X509Certificate(issuer.pem)
  const child = new X509Certificate(subject.pem)
  return child.checkIssued(parent) && child.verify(parent.publicKey)
}

/** node separates the parts of a name by line ends. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ')
}

function dnsNames(subjectAltName: string): string[] {
  return subjectAltName.split(', ').flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4).replaceAll('"', '')] : []))
}
