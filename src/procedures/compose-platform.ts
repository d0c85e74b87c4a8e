import { isScalar, parseDocument } from 'yaml'
import { z } from 'zod'
import { quote } from '../host/questions.ts'
import type { Shell } from '../host/shell.ts'
import type { Platform, Release } from './platform.ts'

export interface ComposePlatformOptions {
  /** An account of the host that may use the engine and write the compose file. */
  readonly shell: Shell
  readonly project: string
  /** Absolute on the host. */
  readonly composeFile: string
  readonly envFile: string
  readonly groups: Platform['groups']
  /** Brings topics and schema to what the release expects. */
  readonly migrate: (release: Release) => Promise<void>
  readonly frontDoorProblem: () => Promise<string | undefined>
  readonly signal: AbortSignal
}

const QUESTION_MS = 30_000
/** A start or stop waits for the engine, which waits for a container's own end. */
const CHANGE_MS = 120_000
/** A pull may bring gigabytes. */
const PULL_MS = 1_800_000
const MAX_BYTES = 4 * 1_024 ** 2

/** How each thing is asked of compose and of the engine: argv, as a person would type it. */
export function composeCommands({
  project,
  composeFile,
  envFile,
}: Pick<ComposePlatformOptions, 'project' | 'composeFile' | 'envFile'>) {
  const compose = ['docker', 'compose', '--project-name', project, '--file', composeFile, '--env-file', envFile]
  const ofProject = ['--filter', `label=com.docker.compose.project=${project}`]
  return {
    start: (service: string) => [...compose, 'up', '--detach', '--no-deps', '--no-build', '--quiet-pull', service],
    stop: (service: string) => [...compose, 'stop', service],
    pull: (image: string) => ['docker', 'pull', '--quiet', image],
    image: (reference: string) => ['docker', 'image', 'inspect', '--format', '{{.Id}} {{json .RepoDigests}}', reference],
    containers: (service?: string) => [
      ...['docker', 'ps', '--all', '--quiet', ...ofProject],
      ...(service === undefined ? [] : ['--filter', `label=com.docker.compose.service=${service}`]),
    ],
    inspect: (containers: readonly string[]) => ['docker', 'inspect', '--format', STATE, ...containers],
  }
}

/** One line of JSON a container. */
const STATE =
  '{"service":{{json (index .Config.Labels "com.docker.compose.service")}},"image":{{json .Image}},"reference":{{json .Config.Image}},"status":{{json .State.Status}},"exitCode":{{.State.ExitCode}},"health":{{if .State.Health}}{{json .State.Health.Status}}{{else}}""{{end}}}'
const stateSchema = z.object({
  service: z.string(),
  /** The engine's id of it. */
  image: z.string(),
  /** As the compose file names it. */
  reference: z.string(),
  status: z.string(),
  exitCode: z.number(),
  health: z.string(),
})
type State = z.infer<typeof stateSchema>

/** The platform of a host on which compose runs the product, over a shell. Which image a service runs stands in the compose file. */
export function composePlatform(options: ComposePlatformOptions): Platform {
  const { shell, composeFile, groups, signal } = options
  const commands = composeCommands(options)
  const ask = (argv: readonly string[], more: { readonly timeoutMs?: number; readonly stdin?: string } = {}) =>
    shell.run(argv, { timeoutMs: QUESTION_MS, maxBytes: MAX_BYTES, signal, ...more })
  const done = async (argv: readonly string[], more: Parameters<typeof ask>[1] = {}): Promise<string> => {
    const { exitCode, stdout, stderr } = await ask(argv, more)
    if (exitCode === 0) return stdout
    throw new Error(`\`${argv.map(quoted).join(' ')}\` ended with ${exitCode}: ${stderr.trim().slice(-1_000) || 'no message'}`)
  }
  const states = async (service?: string): Promise<State[]> => {
    const containers = (await done(commands.containers(service))).split('\n').filter((id) => id !== '')
    if (containers.length === 0) return []
    const lines = (await done(commands.inspect(containers))).trim().split('\n')
    return lines.map((line) => stateSchema.parse(JSON.parse(line)))
  }
  const compose = async () => parseDocument(await done(['cat', composeFile]), { merge: true })
  return {
    groups,
    hasImage: async (digest) => (await ask(commands.image(await named(compose, digest)))).exitCode === 0,
    async fetchImage(digest) {
      const image = await named(compose, digest)
      if (!image.includes('@')) throw new Error(`${composeFile} has no image of ${digest}, so nobody knows where to pull it from`)
      await done(commands.pull(image), { timeoutMs: PULL_MS })
    },
    async start(service, digest) {
      const document = await compose()
      const image = document.getIn(['services', service, 'image'], true)
      if (!isScalar(image)) throw new Error(`${composeFile} has no service ${service} with an image`)
      const wanted = `${String(image.value).replace(/@.*$/, '')}@${digest}`
      if (image.value !== wanted) {
        image.value = wanted
        // Replaced as a whole, so that nobody reads half a file; its owner and mode stay.
        const script = 'cp -p "$1" "$1.new" && cat >"$1.new" && mv "$1.new" "$1"'
        await done(['sh', '-c', script, 'sh', composeFile], { stdin: document.toString({ lineWidth: 0 }) })
      }
      await done(commands.start(service), { timeoutMs: CHANGE_MS })
    },
    async stop(service) {
      await done(commands.stop(service), { timeoutMs: CHANGE_MS })
    },
    async ailment(service) {
      const [state] = await states(service)
      return state === undefined ? 'has no container' : ailmentOf(state)
    },
    running: async () => Object.fromEntries((await states()).filter(isRunning).map((state) => [state.service, digestOf(state)])),
    migrate: options.migrate,
    frontDoorProblem: options.frontDoorProblem,
  }
}

/** How a service's image of that digest is called in the compose file; the digest alone where no service has it. */
async function named(compose: () => Promise<ReturnType<typeof parseDocument>>, digest: string): Promise<string> {
  const { services } = fileSchema.parse((await compose()).toJS())
  return Object.values(services).find(({ image }) => image.endsWith(`@${digest}`))?.image ?? digest
}

const fileSchema = z.looseObject({ services: z.record(z.string(), z.looseObject({ image: z.string().default('') })) })

function isRunning({ status }: State): boolean {
  return status === 'running'
}

/** The digest that the compose file pins; the engine's id where the container was started without one. */
function digestOf({ image, reference }: State): string {
  return /(?:^|@)(sha256:[0-9a-f]{64})$/.exec(reference)?.[1] ?? image
}

function ailmentOf({ status, health, exitCode }: State): string | undefined {
  if (status !== 'running') return `is ${status} (exit code ${exitCode})`
  return health === '' || health === 'healthy' ? undefined : `is ${health}`
}

function quoted(word: string): string {
  return /^[\w./:@=-]+$/.test(word) ? word : quote(word)
}
