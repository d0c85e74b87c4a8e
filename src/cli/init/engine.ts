import type { Shell } from '../../host/shell.ts'

/** A container of a compose project, as the engine's own client lists it. */
export interface ComposeContainer {
  readonly project: string
  readonly service: string
  readonly composeFile: string
  /** Empty where compose was given none. */
  readonly envFile: string
  readonly ports: readonly PublishedPort[]
}

export interface PublishedPort {
  /** Where the host listens. */
  readonly port: number
  /** What the container itself listens on. */
  readonly inner: number
}

const LABEL = (name: string): string => `{{.Label "com.docker.compose.${name}"}}`
const FORMAT = [
  LABEL('project'),
  LABEL('service'),
  LABEL('project.config_files'),
  LABEL('project.environment_file'),
  '{{.Ports}}',
].join('\t')
const TIMEOUT_MS = 20_000

/** The containers of compose projects that run on the host; none where there is no engine or the account may not ask it, be it by sudo. */
export async function composeContainers(shell: Shell, sudo: boolean, signal: AbortSignal): Promise<ComposeContainer[]> {
  const list = `docker ps --format '${FORMAT}'`
  const script = `PATH=$PATH:/usr/local/bin:/usr/sbin:/sbin; ${list} 2>/dev/null${sudo ? ` || sudo -n ${list} 2>/dev/null` : ''}`
  const { stdout, exitCode } = await shell.run(['sh', '-s'], {
    stdin: script,
    timeoutMs: TIMEOUT_MS,
    maxBytes: 1_000_000,
    signal,
  })
  return exitCode === 0 ? parseContainers(stdout) : []
}

/** Takes the client's rows apart; containers without a project are left out. */
export function parseContainers(text: string): ComposeContainer[] {
  return text.split('\n').flatMap((line) => {
    const [project = '', service = '', files = '', envFile = '', ports = ''] = line.split('\t')
    if (project === '') return []
    return [
      {
        project,
        service,
        composeFile: files.split(',')[0] ?? '',
        envFile: envFile.split(',')[0] ?? '',
        ports: parsePorts(ports),
      },
    ]
  })
}

/** `127.0.0.1:5433->5432/tcp, [::]:443->443/tcp, 9092/tcp`: what is published, each once. */
export function parsePorts(text: string): PublishedPort[] {
  const found = [...text.matchAll(/:(\d+)->(\d+)\/tcp/g)].map(([, port, inner]) => ({ port: Number(port), inner: Number(inner) }))
  return [...new Map(found.map((one) => [`${one.port}-${one.inner}`, one])).values()]
}

/** The project with the most containers, and its containers. */
export function largestProject(containers: readonly ComposeContainer[]): ComposeContainer[] {
  const projects = [...Map.groupBy(containers, ({ project }) => project).values()]
  return projects.toSorted((a, b) => b.length - a.length)[0] ?? []
}
