import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { COMPOSE_PROJECT } from '../../src/probes/docker-container.ts'
import { publicNames } from '../../src/targets/disposable/public-names.ts'
import type { TargetSpec } from '../../src/targets/schema.ts'
import type { Started } from '../../src/targets/started.ts'
import type { Addresses } from './tool.ts'

/** Commands whose answers belong to the simulated machine; its engine is a real one where there are containers. */
const SIMULATED = ['df', 'nproc', 'systemctl']

/** The addresses of a target whose host is a directory tree as the tools want them; what they need to find them is put into a directory. */
export async function addressesOf({ spec, secrets }: Pick<Started, 'spec' | 'secrets'>, directory: string): Promise<Addresses> {
  const { root = '', path: hostPath = '' } = spec.hosts.services ?? {}
  const names = publicNames(spec)
  const urlOf = (service: string): string => spec.services[service]?.public ?? ''
  const hooks = new URL(urlOf('hook-receiver'))
  const [dnsAddress = '', dnsPort = ''] = spec.dns.servers[0]?.split(':') ?? []
  const resolve = names.map((name) => `${name}:${hooks.port}:127.0.0.1`)
  const caFile = spec.tls.ca ?? ''
  const simulated = spec.docker === undefined ? ['docker', ...SIMULATED] : SIMULATED
  await placeCommands(directory, hostPath.split(path.delimiter)[0] ?? '', simulated)
  await writeFile(
    path.join(directory, '.curlrc'),
    [`cacert = ${caFile}`, ...resolve.map((entry) => `resolve = ${entry}`)].join('\n'),
  )
  const backups = path.join(root, spec.paths.backups)
  return {
    newestBackup: path.join(backups, (await readdir(backups)).toSorted().at(-1) ?? ''),
    env: {
      PATH: [path.join(directory, 'bin'), process.env.PATH ?? ''].join(path.delimiter),
      HOME: process.env.HOME ?? directory,
      LANG: 'C.UTF-8',
      CURL_HOME: directory,
      ROOT: root,
      CA_FILE: caFile,
      RESOLVE: resolve.join(' '),
      PING_ADDRESS: '127.0.0.1',
      DNS_ADDRESS: dnsAddress,
      DNS_PORT: dnsPort,
      PUBLIC_NAMES: names.join(' '),
      HOOKS_NAME: hooks.hostname,
      HOOKS_URL: hooks.origin,
      METRICS_URL: urlOf('model-metrics'),
      WORKFLOWS_URL: urlOf('workflow-coordinator'),
      API_URL: spec.gateways.api?.public ?? '',
      PLAIN_URL: `http://127.0.0.1:${spec.tls.plainPort}`,
      INNER_HEALTH: ['hook-receiver', 'workflow-coordinator'].map((name) => `${spec.services[name]?.url}/health`).join(' '),
      POSTGRES_ADDRESS: spec.postgres?.host ?? '',
      POSTGRES_PORT: String(spec.postgres?.port ?? ''),
      API_KEY: secrets.apiKey ?? '',
      ...(await containersOf(spec)),
      // A backup of ours is a directory; what the source looks for in one is its database dump, whatever it is called.
      DATABASE_BACKUP: 'database/1-before.sql.gz',
    },
  }
}

/** Where the rest of a stack in containers is; nothing of a target without one. */
async function containersOf({
  docker,
  compose,
  redis,
  kafka,
  prometheus,
  alertmanager,
}: TargetSpec): Promise<Record<string, string>> {
  if (docker === undefined || compose === undefined) return {}
  const { default: Dockerode } = await import('dockerode')
  const engine = new Dockerode('socket' in docker ? { socketPath: docker.socket } : { host: docker.host, port: docker.port })
  const listed = await engine.listContainers({ filters: { label: [`${COMPOSE_PROJECT}=${compose.project}`] } })
  return {
    DOCKER_HOST: 'socket' in docker ? `unix://${docker.socket}` : `tcp://${docker.host}:${docker.port}`,
    COMPOSE_PROJECT: compose.project,
    CONTAINERS: listed.map(({ Names: [name = ''] }) => name.slice(1)).join(' '),
    REDIS_ADDRESS: `${redis?.host}:${redis?.port}`,
    KAFKA_ADDRESS: kafka?.brokers[0] ?? '',
    PROMETHEUS_URL: prometheus?.url ?? '',
    ALERTMANAGER_URL: alertmanager?.url ?? '',
  }
}

/** The machine's stand-ins, and a Compose of the old name, first on the path; curl and the rest are the real ones. */
async function placeCommands(directory: string, standIns: string, simulated: readonly string[]): Promise<void> {
  const bin = path.join(directory, 'bin')
  await mkdir(bin, { recursive: true })
  const commands = {
    ...Object.fromEntries(simulated.map((name) => [name, `exec '${path.join(standIns, name)}' "$@"`])),
    'docker-compose': 'echo Docker Compose version v2.32.4',
    // Nothing of ours asks anybody outside the machine.
    ping: 'exit 0',
  }
  for (const [name, line] of Object.entries(commands)) {
    await writeFile(path.join(bin, name), `#!/bin/sh\n${line}\n`)
    await chmod(path.join(bin, name), 0o755)
  }
}
