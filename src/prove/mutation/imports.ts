import path from 'node:path'

/** Which files import a file, directly or through others. */
export interface Importers {
  /** Every file that imports it, with the length of the shortest way; itself at 0. */
  of(file: string): ReadonlyMap<string, number>
}

const SPECIFIER = /(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+\.ts)'/g

/** Reads all imports, static and lazy ones, out of the texts. */
export function importersIn(sources: ReadonlyMap<string, string>): Importers {
  const direct = new Map<string, string[]>()
  for (const [file, text] of sources) {
    for (const [, specifier = ''] of text.matchAll(SPECIFIER)) {
      const imported = path.posix.join(path.posix.dirname(file), specifier)
      direct.set(imported, [...(direct.get(imported) ?? []), file])
    }
  }
  return {
    of(file) {
      const distances = new Map([[file, 0]])
      for (const [near, distance] of distances) {
        for (const importer of direct.get(near) ?? []) if (!distances.has(importer)) distances.set(importer, distance + 1)
      }
      return distances
    },
  }
}
