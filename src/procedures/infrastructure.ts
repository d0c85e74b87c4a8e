import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { mergedDaemonJson } from './daemon-json.ts'

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

/** What a host is to be made of. Paths are absolute on the host; `root` stands before each of them. */
export interface InfrastructureWanted {
  /** Empty on the host itself. */
  readonly root: string
  /** Owner of everything that is made; left out: the account that runs the procedure. */
  readonly owner?: { readonly uid: number; readonly gid: number }
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
export function infrastructureSteps(wanted: InfrastructureWanted): Step[] {
  const { root, envFile, limits, daemonJson, logrotate } = wanted
  const put = (path: string, text: string, mode: number) => putFile(root + path, text, mode, wanted.owner)
  return [
    { name: 'create the directories', run: () => makeDirectories(wanted) },
    { name: 'generate the secrets', run: () => makeSecrets(wanted) },
    { name: 'write the environment file', run: () => put(envFile.path, envText(envFile.variables), 0o640) },
    { name: 'raise the limits', run: () => put(limits.path, limitsText(limits), 0o644) },
    {
      name: 'configure the engine',
      run: async () => {
        const before = await textOf(root + daemonJson.path)
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
export async function prepareInfrastructure(wanted: InfrastructureWanted): Promise<StepDone[]> {
  const done: StepDone[] = []
  for (const step of infrastructureSteps(wanted)) {
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

async function makeDirectories({ root, directories, owner }: InfrastructureWanted) {
  const made: string[] = []
  for (const { path, mode } of directories) {
    const place = root + path
    const before = await stat(place).catch(absent)
    await mkdir(place, { recursive: true })
    // mkdir's mode is cut by the umask, and an older directory has its own.
    await chmod(place, mode)
    if (owner !== undefined) await chown(place, owner.uid, owner.gid)
    if (before === undefined || (before.mode & 0o7777) !== mode) made.push(path)
  }
  return made.length === 0 ? UNCHANGED : { changed: true, note: `made or corrected ${made.join(', ')}` }
}

/** A secret that is there is never replaced: whoever uses it would be locked out. */
async function makeSecrets({ root, secretsDirectory, secrets, knownSecrets, owner }: InfrastructureWanted) {
  const made: string[] = []
  for (const { name, bytes, encoding } of secrets) {
    const place = `${root}${secretsDirectory}/${name}`
    if ((await textOf(place)) !== undefined) continue
    await putFile(place, knownSecrets[name] ?? randomBytes(bytes).toString(encoding), 0o600, owner)
    made.push(name)
  }
  return made.length === 0 ? UNCHANGED : { changed: true, note: `made ${made.join(', ')}; their values are only in the files` }
}

/** Replaces a file as a whole: a reader sees the old text or the new one. */
async function putFile(place: string, text: string, mode: number, owner: InfrastructureWanted['owner']) {
  const before = await stat(place).catch(absent)
  if (before !== undefined && (before.mode & 0o7777) === mode && (await textOf(place)) === text) return UNCHANGED
  await mkdir(dirname(place), { recursive: true })
  const draft = `${place}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
  await chmod(draft, mode)
  if (owner !== undefined) await chown(draft, owner.uid, owner.gid)
  await rename(draft, place)
  return { changed: true, note: `wrote ${place}` }
}

async function textOf(place: string): Promise<string | undefined> {
  return readFile(place, 'utf8').catch(absent)
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
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
