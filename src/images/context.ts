import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { UsageError } from '../outcome.ts'
import type { Catalogue, PartSource } from './catalogue.ts'
import { packageDirectories } from './packages.ts'

/** One file of a build context. */
export interface ContextFile {
  /** Path inside the context, with slashes. */
  readonly name: string
  readonly file: string
  readonly isExecutable: boolean
}

/** What the upstream image's Dockerfile may copy, its own directory included. */
export function upstreamContext(catalogue: Catalogue, source: PartSource): ContextFile[] {
  const own = readdirSync(source.directory, { withFileTypes: true }).filter((entry) => entry.isFile())
  return sorted([...own.map(({ name }) => contextFile(path.join(source.directory, name), name)), ...copied(catalogue, source)])
}

/** What the stand-in's Dockerfile may copy, its own directory included; without what is only made before the build. */
export function standInContext(catalogue: Catalogue, source: PartSource, directory: string): ContextFile[] {
  return sorted([
    ...filesUnder(directory, ''),
    ...copied(catalogue, source),
    ...(source.node ? [nodeBinary(catalogue.root)] : []),
  ])
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

function copied({ root }: Catalogue, { files, packages }: PartSource): ContextFile[] {
  const directories = packageDirectories(root, packages)
  // A package inside another one's directory comes with that one.
  const outermost = directories.filter((directory) => !directories.some((other) => directory.startsWith(`${other}/`)))
  return [...files, ...outermost].flatMap((name) => {
    const file = path.join(root, name)
    return statSync(file).isDirectory() ? filesUnder(file, name) : [contextFile(file, name)]
  })
}

/** The binary that the project itself runs on where its platform package is installed; containers run Linux whatever this machine is. */
function nodeBinary(root: string): ContextFile {
  const file = path.join(root, `node_modules/node-linux-${process.arch}/bin/node`)
  if (!existsSync(file)) throw new UsageError(`${file} is missing; run \`npm ci\` without --omit=optional`)
  return contextFile(file, 'node')
}

function contextFile(file: string, name: string): ContextFile {
  return { name, file, isExecutable: (statSync(file).mode & 0o111) !== 0 }
}

function sorted(files: ContextFile[]): ContextFile[] {
  return files.sort((a, b) => (a.name < b.name ? -1 : 1))
}
