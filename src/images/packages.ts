import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { UsageError } from '../outcome.ts'

const manifestSchema = z.looseObject({
  version: z.string().default(''),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
  peerDependencies: z.record(z.string(), z.string()).default({}),
})

/**
 * The installed directories of these npm packages and of everything that they need, sorted, relative to `root`. Optional
 * packages are taken where they are installed.
 * @throws UsageError naming a package that is needed and not installed.
 */
export function packageDirectories(root: string, names: readonly string[]): string[] {
  const found = new Set<string>()
  const waiting = names.map((name) => ({ name, from: root, isNeeded: true }))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const directory = resolvePackage(root, next.from, next.name)
    if (directory === undefined) {
      if (next.isNeeded) throw new UsageError(`the npm package ${next.name} is not installed; run \`npm ci\``)
      continue
    }
    if (found.has(directory)) continue
    found.add(directory)
    const from = path.join(root, directory)
    const { dependencies, optionalDependencies, peerDependencies } = manifestOf(from)
    const optional = { ...optionalDependencies, ...peerDependencies }
    // npm repeats optional dependencies among the dependencies.
    const needed = Object.keys(dependencies).filter((name) => !(name in optional))
    waiting.push(...needed.map((name) => ({ name, from, isNeeded: true })))
    waiting.push(...Object.keys(optional).map((name) => ({ name, from, isNeeded: false })))
  }
  return [...found].sort()
}

/** What an installed package is: its directory and version. Published versions never change. */
export function packageIdentity(root: string, directory: string): string {
  return `${directory}@${manifestOf(path.join(root, directory)).version}`
}

/** As Node resolves it: the nearest node_modules upwards. */
function resolvePackage(root: string, from: string, name: string): string | undefined {
  for (let directory = from; directory.startsWith(root); directory = path.dirname(directory)) {
    const candidate = path.join(directory, 'node_modules', name)
    if (existsSync(path.join(candidate, 'package.json'))) return path.relative(root, candidate)
  }
  return undefined
}

function manifestOf(directory: string): z.output<typeof manifestSchema> {
  return manifestSchema.parse(JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8')))
}
