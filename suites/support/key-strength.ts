import type { Certificate } from '../../src/probes/certificate.ts'

/** Bits below which an elliptic curve is no longer trusted (NIST SP 800-57, part 1, table 2: 112 bits of strength). */
const CURVE_BITS = 224

/** Why the key is too weak; nothing where it is not. RSA by the given limit, curves by ours; Ed25519 and Ed448 are strong. */
export function keyProblems({ subject, keyType, keyBits }: Certificate, rsaBits: number): string[] {
  if (keyType === 'ed25519' || keyType === 'ed448') return []
  const least = keyType === 'ec' ? CURVE_BITS : keyType.startsWith('rsa') ? rsaBits : undefined
  if (least === undefined) return [`${subject} has a key of type ${keyType}, which clients do not expect`]
  return (keyBits ?? 0) < least
    ? [`${subject} has a ${keyType} key of ${keyBits ?? 'unknown'} bits, at least ${least} expected`]
    : []
}

/** Why the signature is no longer trusted; nothing where it is. */
export function signatureProblems({ subject, issuer, signatureAlgorithm }: Certificate): string[] {
  // Nobody checks the signature that a root puts under itself.
  if (subject === issuer) return []
  return /md[245]|sha-?1(?!\d)/i.test(signatureAlgorithm) ? [`${subject} is signed with ${signatureAlgorithm}`] : []
}
