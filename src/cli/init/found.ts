import { collect } from '../../host/collect.ts'
import { parseEnvFile } from '../../host/env-file.ts'
import { openShell } from '../../host/open.ts'
import { targetOf } from '../../targets/load.ts'
import type { HostSpec, TargetSpec } from '../../targets/schema.ts'
import { yamlSource } from '../../yaml-file.ts'
import { type ComposeContainer, composeContainers, largestProject } from './engine.ts'

/** What a host told of itself, as far as a first target file can use it. */
export interface Found {
  readonly host: HostSpec
  readonly os: string
  readonly account: string
  readonly dockerGroup: readonly string[]
  readonly containers: readonly ComposeContainer[]
  readonly paths: Pick<TargetSpec['paths'], 'application' | 'envFile' | 'secrets' | 'certificates'>
  /** Variables of the environment file; the values of secrets were replaced on the host. */
  readonly variables: Readonly<Record<string, string>>
  readonly hasEnvFile: boolean
  readonly composeFile: string
  /** Ports that somebody listens on. */
  readonly listening: readonly number[]
  /** Names of files. */
  readonly secrets: readonly string[]
  readonly certificates: readonly string[]
  /** Kinds of facts that it did not tell, and what would allow it. */
  readonly missing: readonly string[]
}

/** Asks the host what it can; reads only. @throws Unreachable */
export async function explore(host: HostSpec, signal: AbortSignal): Promise<Found> {
  const shell = await openShell(host)
  try {
    const containers = largestProject(await composeContainers(shell, host.sudo, signal))
    const spec = specOf(host, containers[0])
    const { facts } = await collect(shell, host, spec, signal)
    const { envFile, account, os, listeners, secretFiles, certificates, composeFile } = facts
    return {
      host,
      os: os.ok ? `${os.facts.prettyName}, ${os.facts.hostname}` : 'an unknown system',
      account: account.ok ? account.facts.account : '',
      dockerGroup: account.ok ? account.facts.dockerGroup : [],
      containers,
      paths: spec.paths,
      variables: envFile.ok ? variablesOf(envFile.facts.text) : {},
      hasEnvFile: envFile.ok && envFile.facts.exists,
      composeFile: composeFile.ok && composeFile.facts.exists ? composeFile.facts.path : '',
      listening: listeners.ok ? [...new Set(listeners.facts.listeners.map(({ port }) => port))].toSorted((a, b) => a - b) : [],
      secrets: secretFiles.ok ? secretFiles.facts.files.map(({ path }) => nameOf(path)) : [],
      certificates: certificates.ok ? certificates.facts.files.map(({ entry }) => nameOf(entry.path)) : [],
      missing: Object.entries(facts).flatMap(([name, one]) => (one.ok ? [] : [`${name}: ${one.reason}; ${one.remedy}`])),
    }
  } finally {
    await shell.close()
  }
}

/** A target that is as the product's defaults say, except where the running project says otherwise. */
function specOf(host: HostSpec, container: ComposeContainer | undefined): TargetSpec {
  const bare = targetOf(yamlSource('name: new\nenvironment: unknown\n', 'a new target'))
  const file = container?.composeFile ?? ''
  const application = file.startsWith('/') ? file.slice(0, file.lastIndexOf('/')) : bare.paths.application
  const moved = (path: string): string => path.replace(bare.paths.application, application)
  const paths = Object.fromEntries(Object.entries(bare.paths).map(([key, path]) => [key, moved(path)])) as TargetSpec['paths']
  const envFile = container?.envFile ?? ''
  const compose =
    file === '' ? {} : { compose: { file, envFile: envFile || paths.envFile, project: container?.project ?? '', services: [] } }
  return { ...bare, hosts: { services: host }, paths: { ...paths, envFile: envFile || paths.envFile }, ...compose }
}

function variablesOf(text: string): Record<string, string> {
  return Object.fromEntries(parseEnvFile(text).values)
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
