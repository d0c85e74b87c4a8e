import { readFile } from 'node:fs/promises'
import { Unobserved } from '../outcome.ts'
import { quote } from './reproduce.ts'

/** The PEM text of a CA that is given as text or as a path. @throws Unobserved where the file cannot be read. */
export async function loadAuthority(ca: string): Promise<string> {
  if (isPem(ca)) return ca
  try {
    return await readFile(ca, 'utf8')
  } catch (error) {
    const text = `the CA file ${ca} cannot be read (${error instanceof Error ? error.message : String(error)}); correct tls.ca in the target file`
    throw new Unobserved({ id: `ca:${ca}`, text })
  }
}

/** The option by which curl or openssl is told of the CA: a path as it is, a text as a file to be saved first. */
export function authorityOption(option: string, ca: string | undefined): string {
  if (ca === undefined) return ''
  return ` ${option} ${isPem(ca) ? 'ca.pem' : quote(ca)}`
}

function isPem(ca: string): boolean {
  return ca.includes('-----BEGIN')
}
