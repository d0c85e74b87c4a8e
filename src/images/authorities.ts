import { copyFile, readdir } from 'node:fs/promises'
import path from 'node:path'

/** Where Debian and its kin keep the authorities that a site adds, such as that of a proxy that opens TLS. */
const LOCAL = '/usr/local/share/ca-certificates'

/** Copies this machine's own authorities into a directory, for a build that has to fetch what a program here could not. */
export async function copyLocalAuthorities(to: string, from: string = LOCAL): Promise<void> {
  const names = await readdir(from).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const certificates = names.filter((name) => name.endsWith('.crt'))
  await Promise.all(certificates.map((name) => copyFile(path.join(from, name), path.join(to, name))))
}
