import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Writes each file whose text is not there already; returns the names of those. */
export async function writeStale(files: Readonly<Record<string, string>>): Promise<string[]> {
  const stale = await staleFiles(files)
  for (const file of stale) {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, files[file] ?? '', 'utf8')
  }
  return stale
}

/** The names of the files that are missing or whose text differs. */
export async function staleFiles(files: Readonly<Record<string, string>>): Promise<string[]> {
  const names = Object.keys(files)
  const texts = await Promise.all(names.map(readIfThere))
  return names.filter((name, index) => texts[index] !== files[name])
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
