import { createAuthority } from '../../../src/targets/disposable/certificates.ts'

/** Ready for a server's options. */
export interface Issued {
  readonly cert: string
  readonly key: string
}

interface Wishes {
  readonly names?: readonly string[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** RSA with 1024 bits, too few for anybody, instead of P-256. */
  readonly isWeak?: boolean
}

export interface Authority {
  readonly ca: string
  issue(commonName: string, wishes?: Wishes): Promise<Issued>
}

/** A certificate authority that lives as long as the test. */
export async function authority(name = 'Test CA'): Promise<Authority> {
  const { certificate: ca, issue } = await createAuthority({ name, now: new Date() })
  return {
    ca,
    async issue(commonName, { names = [commonName], isWeak = false, ...dates } = {}) {
      const { certificate, key } = await issue({ names, keyType: isWeak ? 'rsa-1024' : 'p-256', ...dates })
      return { cert: certificate, key }
    },
  }
}
