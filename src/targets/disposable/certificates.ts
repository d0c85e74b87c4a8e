import { randomBytes } from 'node:crypto'

const DAY_MS = 86_400_000
/** Certificates of public authorities live at most this long today, in days. */
const LEAF_DAYS = 180
const AUTHORITY_DAYS = 3_650

/** A certificate and its private key, as PEM. */
export interface Issued {
  readonly certificate: string
  readonly key: string
}

/** How a certificate differs from a healthy one. */
export interface IssueOptions {
  /** Its public names; the first is its common name too. */
  readonly names: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** Default: P-256. `rsa-1024` is too weak for anybody, and so a fault. */
  readonly keyType?: 'p-256' | 'rsa-1024' | 'rsa-2048'
}

/** A certificate authority that lives as long as the run. */
export interface Authority {
  /** Its own certificate, as PEM. */
  readonly certificate: string
  issue(options: IssueOptions): Promise<Issued>
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const rsa = (modulusLength: number) => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
})
const ALGORITHMS = { 'p-256': P256, 'rsa-1024': rsa(1024), 'rsa-2048': rsa(2048) } as const

/** Makes an authority with a fresh key. `now` is the run's clock: it has been valid for a day. */
export async function createAuthority({ name, now }: { readonly name: string; readonly now: Date }): Promise<Authority> {
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const keys = await generate(P256)
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=${name}`,
    notBefore: daysAfter(now, -1),
    notAfter: daysAfter(now, AUTHORITY_DAYS),
    signingAlgorithm: P256,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return {
    certificate: `${authority.toString('pem')}\n`,
    async issue({ names, notBefore = daysAfter(now, -1), notAfter = daysAfter(now, LEAF_DAYS), keyType = 'p-256' }) {
      const own = await generate(ALGORITHMS[keyType])
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serial(),
        subject: `CN=${names[0] ?? ''}`,
        issuer: authority.subject,
        notBefore,
        notAfter,
        signingKey: keys.privateKey,
        signingAlgorithm: P256,
        publicKey: own.publicKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value }))),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
          await x509.SubjectKeyIdentifierExtension.create(own.publicKey),
        ],
      })
      return { certificate: `${certificate.toString('pem')}\n`, key: await privateKeyPem(own.privateKey) }
    },
  }
}

async function generate(algorithm: (typeof ALGORITHMS)[keyof typeof ALGORITHMS]) {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  if (!('privateKey' in keys)) throw new Error(`${algorithm.name} gave a single key instead of a pair`)
  return keys
}

async function privateKeyPem(key: Keys['privateKey']): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n')
}

type Keys = Awaited<ReturnType<typeof generate>>

/** Positive, as the standard wants it: the first bit stays clear. */
function serial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01
  return bytes.toString('hex')
}

function daysAfter(date: Date, days: number): Date {
  return new Date(date.getTime() + days * DAY_MS)
}
