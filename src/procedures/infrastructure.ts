import { randomBytes } from 'node:crypto'
import { mergedDaemonJson } from './daemon-json.ts'
import type { HostFiles } from './host-files.ts'

/** A directory of the tree and its permission bits. */
export interface DirectoryWanted {
  readonly path: string
  readonly mode: number
}

/** How a secret is made where none is there: so many random bytes, written so. */
export interface SecretWanted {
  readonly name: string
  readonly bytes: number
  readonly encoding: 'base64' | 'hex'
}

/** What a host is to be made of. Paths are absolute on the host. */
export interface InfrastructureWanted {
  /** Parents before children. */
  readonly directories: readonly DirectoryWanted[]
  readonly secretsDirectory: string
  readonly secrets: readonly SecretWanted[]
  /** Secrets that exist already elsewhere, by name: they are written instead of generated ones. */
  readonly knownSecrets: Readonly<Record<string, string>>
  readonly envFile: { readonly path: string; readonly variables: Readonly<Record<string, string>> }
  readonly limits: { readonly path: string; readonly account: string; readonly nofile: number; readonly nproc: number }
  /** Merged into daemon.json; every key that is there and not named here stays. */
  readonly daemonJson: { readonly path: string; readonly settings: Readonly<Record<string, unknown>> }
  readonly logrotate: { readonly path: string; readonly text: string }
}

export interface StepDone {
  readonly step: string
  readonly changed: boolean
  /** What was done, without any secret. */
  readonly note: string
}

export interface Step {
  readonly name: string
  run(): Promise<Omit<StepDone, 'step'>>
}

const UNCHANGED = { changed: false, note: 'as it should be' } as const

/** The procedure, step by step. Each step looks first and changes only what differs, so that it may run as often as one likes. */
export function infrastructureSteps(wanted: InfrastructureWanted, files: HostFiles): Step[] {
  const { envFile, limits, daemonJson, logrotate } = wanted
  const put = async (path: string, text: string, mode: number) =>
    (await files.write(path, text, mode)) ? { changed: true, note: `wrote ${path}` } : UNCHANGED
  return [
    { name: 'create the directories', run: () => makeDirectories(files, wanted) },
    { name: 'generate the secrets', run: () => makeSecrets(files, wanted) },
    { name: 'write the environment file', run: () => put(envFile.path, envText(envFile.variables), 0o640) },
    { name: 'raise the limits', run: () => put(limits.path, limitsText(limits), 0o644) },
    {
      name: 'configure the engine',
      run: async () => {
        const before = await files.text(daemonJson.path)
        const done = await put(daemonJson.path, mergedDaemonJson(before, daemonJson.settings), 0o644)
        return done.changed
          ? { changed: true, note: `${done.note}; restart the engine, it reads the file only at its start` }
          : done
      },
    },
    { name: 'rotate the logs', run: () => put(logrotate.path, logrotate.text, 0o644) },
  ]
}

/** Runs the steps in order. @throws the first step's error, naming the step; the steps behind it are not run. */
export async function prepareInfrastructure(wanted: InfrastructureWanted, files: HostFiles): Promise<StepDone[]> {
  const done: StepDone[] = []
  for (const step of infrastructureSteps(wanted, files)) {
    try {
      done.push({ step: step.name, ...(await step.run()) })
    } catch (error) {
      throw new Error(`infrastructure: "${step.name}" failed: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      })
    }
  }
  return done
}

async function makeDirectories(files: HostFiles, { directories }: InfrastructureWanted) {
  const made: string[] = []
  for (const { path, mode } of directories) if (await files.directory(path, mode)) made.push(path)
  return made.length === 0 ? UNCHANGED : { changed: true, note: `made or corrected ${made.join(', ')}` }
}

/** A secret that is there is never replaced: whoever uses it would be locked out. */
async function makeSecrets(files: HostFiles, { secretsDirectory, secrets, knownSecrets }: InfrastructureWanted) {
  const made: string[] = []
  for (const { name, bytes, encoding } of secrets) {
    const place = `${secretsDirectory}/${name}`
    if ((await files.text(place)) !== undefined) continue
    await files.write(place, knownSecrets[name] ?? randomBytes(bytes).toString(encoding), 0o600)
    made.push(name)
  }
  return made.length === 0 ? UNCHANGED : { changed: true, note: `made ${made.join(', ')}; their values are only in the files` }
}

function envText(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

function limitsText({ account, nofile, nproc }: InfrastructureWanted['limits']): string {
  const rows = [
    ['nofile', nofile],
    ['nproc', nproc],
  ].flatMap(([what, value]) => ['soft', 'hard'].map((kind) => `${account} ${kind} ${what} ${value}\n`))
  return rows.join('')
}
