import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { UsageError } from '../outcome.ts'
import type { Catalogue, PartSource } from './catalogue.ts'
import { packageDirectories, packageIdentity } from './packages.ts'

/** One file of a build context. */
export interface ContextFile {
  /** Path inside the context, with slashes. */
  readonly name: string
  readonly file: string
  readonly isExecutable: boolean
}

/** What an image copies: files that are known by their content, and packages that are known by their version. */
export interface Context {
  readonly own: readonly ContextFile[]
  readonly identities: readonly string[]
  /** Every file, those of the packages included. Thousands: asked for only where an image is built. */
  files(): ContextFile[]
}

/** What the upstream image's Dockerfile may copy, its own directory included. */
export function upstreamContext(catalogue: Catalogue, source: PartSource): Context {
  const entries = readdirSync(source.directory, { withFileTypes: true }).filter((entry) => entry.isFile())
  const own = entries.map(({ name }) => contextFile(path.join(source.directory, name), name))
  return context(catalogue, source, own, undefined)
}

/** What the stand-in's Dockerfile may copy, its own directory included; without what is only made before the build. */
export function standInContext(catalogue: Catalogue, source: PartSource, directory: string): Context {
  return context(catalogue, source, filesUnder(directory, ''), source.node ? nodePackage() : undefined)
}

function context({ root }: Catalogue, source: PartSource, base: readonly ContextFile[], node: string | undefined): Context {
  const own = sorted([...base, ...source.files.flatMap((name) => filesAt(root, name))])
  const packages = packageDirectories(root, source.packages)
  // A package inside another one's directory comes with that one.
  const outermost = packages.filter((directory) => !packages.some((other) => directory.startsWith(`${other}/`)))
  const identities = [...packages, ...(node === undefined ? [] : [requireInstalled(root, node)])]
  return {
    own,
    identities: identities.map((directory) => packageIdentity(root, directory)),
    files: () => {
      const binary = node === undefined ? [] : [contextFile(path.join(root, node, 'bin/node'), 'node')]
      return sorted([...own, ...outermost.flatMap((name) => filesAt(root, name)), ...binary])
    },
  }
}

/** Everything below a directory, named below `prefix`. */
export function filesUnder(directory: string, prefix: string): ContextFile[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(directory, entry.name)
    const name = path.posix.join(prefix, entry.name)
    if (entry.isDirectory()) return filesUnder(file, name)
    return entry.isFile() ? [contextFile(file, name)] : []
  })
}

function filesAt(root: string, name: string): ContextFile[] {
  const file = path.join(root, name)
  return statSync(file).isDirectory() ? filesUnder(file, name) : [contextFile(file, name)]
}

/** The package whose Node.js the project itself runs on; containers run Linux whatever this machine is. */
function nodePackage(): string {
  return `node_modules/node-linux-${process.arch}`
}

function requireInstalled(root: string, directory: string): string {
  if (existsSync(path.join(root, directory, 'package.json'))) return directory
  throw new UsageError(`${directory} is not installed; run \`npm ci\` without --omit=optional`)
}

function contextFile(file: string, name: string): ContextFile {
  return { name, file, isExecutable: (statSync(file).mode & 0o111) !== 0 }
}

function sorted(files: ContextFile[]): ContextFile[] {
  return files.sort((a, b) => (a.name < b.name ? -1 : 1))
}
