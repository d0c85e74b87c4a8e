import { existsSync } from 'node:fs'
import type Dockerode from 'dockerode'
import { build } from './build.ts'
import type { Catalogue } from './catalogue.ts'
import { type ContextFile, filesUnder } from './context.ts'
import { followed } from './engine-work.ts'
import { ImageFailed } from './failures.ts'
import { fingerprint } from './fingerprint.ts'
import { baseName } from './names.ts'
import { runTool, ToolMissing } from './tool.ts'

/** What the stand-ins are built on, and the names of its two stages. */
export interface Base {
  readonly root: string
  readonly name: string
  readonly suite: string
  readonly files: readonly ContextFile[]
}

interface BaseOptions {
  readonly present: ReadonlySet<string>
  readonly signal: AbortSignal
  readonly onStep: (text: string) => void
}

/** Names the base of one Debian release by all that it is made of. */
export async function plannedBase({ base }: Catalogue, suite: string = base.suite): Promise<Base> {
  const files = filesUnder(base.directory, '')
  return {
    suite,
    files,
    root: baseName('root', await fingerprint(['root', suite, process.arch], [])),
    name: baseName('base', await fingerprint(['base', suite, process.arch], files)),
  }
}

/**
 * Makes the base where it is missing: a bare Debian by mmdebstrap, through this machine's own package mirror and proxy.
 * @throws ImageFailed saying what is missing on this machine or what went wrong.
 */
export async function ensureBase(docker: Dockerode, base: Base, { present, signal, onStep }: BaseOptions): Promise<string> {
  if (present.has(base.name)) return base.name
  if (!present.has(base.root)) await importRoot(docker, base, { signal, onStep })
  await build(docker, { name: base.name, files: base.files, arguments: { ROOT_SYSTEM: base.root }, signal, onStep })
  return base.name
}

async function importRoot(
  docker: Dockerode,
  { root, suite }: Base,
  { signal, onStep }: Omit<BaseOptions, 'present'>,
): Promise<void> {
  onStep(`making a bare Debian ${suite} with mmdebstrap`)
  const colon = root.lastIndexOf(':')
  const onOutput = async (output: NodeJS.ReadableStream) => {
    const stream = await docker.importImage(output, {
      repo: root.slice(0, colon),
      tag: root.slice(colon + 1),
      abortSignal: signal,
    })
    await followed({ docker, stream, signal })
  }
  try {
    await runTool(await mmdebstrap(suite, signal), { directory: '/', signal, onOutput })
  } catch (error) {
    if (!(error instanceof ToolMissing)) throw error
    throw new ImageFailed(`${error.message}; stand-ins are built on what it makes: \`apt-get install mmdebstrap\``)
  }
}

/** The package lists are kept: the stand-ins install from them. */
async function mmdebstrap(suite: string, signal: AbortSignal): Promise<string[]> {
  const settings = await aptSettings(signal)
  return [
    'mmdebstrap',
    '--variant=apt',
    '--skip=cleanup/apt/lists',
    '--format=tar',
    ...settings.map((setting) => `--aptopt=${setting}`),
    suite,
    '-',
    ...(await mirrorsOf(suite, signal)),
  ]
}

const PROXY_SETTING = /^(Acquire::(?:https?|ftp)::Proxy) "([^"]+)";$/

/** The proxies that this machine's apt goes through. */
async function aptSettings(signal: AbortSignal): Promise<string[]> {
  const lines = await outputOf(['apt-config', 'dump'], signal)
  return lines.filter((line) => PROXY_SETTING.test(line))
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Where this machine's own apt gets that release, its updates and security fixes from; none where it has another release. */
async function mirrorsOf(suite: string, signal: AbortSignal): Promise<string[]> {
  const lines = await outputOf(['apt-get', 'indextargets', '--format', '$(ORIGIN) $(RELEASE) $(REPO_URI)'], signal)
  return mirrorLines(suite, lines, existsSync(KEYRING) ? KEYRING : undefined)
}

/** The lines of a sources.list for that release, from `origin release uri` lines; none where the release itself is not among them. */
export function mirrorLines(suite: string, targets: readonly string[], keyring: string | undefined): string[] {
  const wanted = [suite, `${suite}-updates`, `${suite}-security`]
  const signedBy = keyring === undefined ? '' : `[signed-by=${keyring}] `
  const found = wanted.flatMap((release) => {
    const uri = targets.map((line) => line.split(' ')).find(([origin, name]) => origin === 'Debian' && name === release)?.[2]
    return uri !== undefined && /^https?:/.test(uri) ? [{ release, line: `deb ${signedBy}${uri} ${release} main` }] : []
  })
  return found.some(({ release }) => release === suite) ? found.map(({ line }) => line) : []
}

/** The lines that a command of apt prints; none where there is no apt: then Debian's own mirror is used, without a proxy. */
async function outputOf(argv: readonly string[], signal: AbortSignal): Promise<string[]> {
  let text = ''
  const onOutput = async (output: NodeJS.ReadableStream) => {
    for await (const chunk of output) text += String(chunk)
  }
  try {
    await runTool(argv, { directory: '/', signal, onOutput })
  } catch (error) {
    if (!(error instanceof ToolMissing)) throw error
  }
  return text.split('\n').filter((line) => line !== '')
}
