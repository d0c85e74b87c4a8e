import { createReadStream } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { type BackupFile, CONFIGURATION_FOLDER, type Manifest } from './manifest.ts'
import { storeFile, verifyFile } from './stored-file.ts'

export interface ConfigurationFile {
  /** Where it is read from, on this machine. */
  readonly source: string
  /** Its absolute path on the host that it belongs to; the same as `source` on the host itself. */
  readonly original: string
}

interface Copied {
  readonly files: BackupFile[]
  readonly configuration: Manifest['configuration']
}

/** Copies configuration into a backup, one file of mode 0600 each. @throws where one is missing: a rollback would need it. */
export async function copyConfiguration(directory: string, wanted: readonly ConfigurationFile[]): Promise<Copied> {
  const files: BackupFile[] = []
  const configuration: Manifest['configuration'] = []
  for (const { source, original } of wanted) {
    const mode = (await stat(source)).mode & 0o7777
    const relative = path.posix.join(CONFIGURATION_FOLDER, original)
    files.push(await storeFile(createReadStream(source), { directory, path: relative }))
    configuration.push({ path: relative, original, mode: mode.toString(8).padStart(4, '0') })
  }
  return { files, configuration }
}

/**
 * Puts every configuration file of a backup back as it was, content and mode, each replaced in one step. Files that were added
 * since to a folder which was backed up whole are moved aside as `NAME.after-rollback`, not kept in force and not lost.
 * `root` is put before every path; empty on the host itself. @throws UnusableBackup where a copy was altered, before anything is replaced.
 */
export async function restoreConfiguration(directory: string, manifest: Manifest, root: string): Promise<void> {
  const listed = new Map(manifest.files.map((file) => [file.path, file]))
  for (const { path: copy } of manifest.configuration) {
    const file = listed.get(copy)
    if (file !== undefined) await verifyFile(directory, file)
  }
  for (const { path: copy, original, mode } of manifest.configuration) {
    const destination = path.join(root, original)
    const unfinished = `${destination}.partial`
    await mkdir(path.dirname(destination), { recursive: true })
    try {
      await copyFile(path.join(directory, copy), unfinished)
      await chmod(unfinished, Number.parseInt(mode, 8))
      await rename(unfinished, destination)
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
  }
  const known = new Set(manifest.configuration.map(({ original }) => path.join(root, original)))
  for (const folder of manifest.configurationFolders) await setAside(path.join(root, folder), known)
}

async function setAside(folder: string, known: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    if (!entry.isFile() || known.has(file) || file.endsWith('.after-rollback')) continue
    await rename(file, `${file}.after-rollback`)
  }
}
