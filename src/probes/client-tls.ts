import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity } from 'node:tls'
import { Unobserved } from '../outcome.ts'
import type { ClientTlsSpec } from '../targets/schema.ts'
import { loadAuthority } from './authority.ts'
import { quote } from './reproduce.ts'

/** What a TLS client needs to know of a part of the target. @throws Unobserved where a file of the operator's cannot be read */
export async function clientTls({ ca, serverName, clientCertificate }: ClientTlsSpec): Promise<ConnectionOptions> {
  return {
    ...(ca !== undefined && { ca: await loadAuthority(ca) }),
    ...(serverName !== undefined && named(serverName)),
    ...(clientCertificate !== undefined && {
      cert: await operatorFile(clientCertificate.certificate),
      key: await operatorFile(clientCertificate.key),
    }),
  }
}

/** An address cannot be asked for by name, and can stand in a certificate all the same. */
function named(name: string): ConnectionOptions {
  if (isIP(name) === 0) return { servername: name }
  return { checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate) }
}

/** Options of a command line by which it does the same, where its own are called so. */
export function tlsFlags(
  { ca, serverName, clientCertificate }: ClientTlsSpec,
  names: { readonly ca: string; readonly serverName: string; readonly certificate: string; readonly key: string },
): string {
  const given = [
    [names.ca, ca],
    [names.serverName, serverName],
    [names.certificate, clientCertificate?.certificate],
    [names.key, clientCertificate?.key],
  ] as const
  return given.map(([name, value]) => (value === undefined ? '' : ` ${name} ${quote(value)}`)).join('')
}

async function operatorFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const text = `${file} cannot be read (${error instanceof Error ? error.message : String(error)}); correct clientCertificate in the target file`
    throw new Unobserved({ id: `client-certificate:${file}`, text })
  }
}
