import { UsageError } from '../outcome.ts'
import type { YamlSource } from '../yaml-file.ts'
import type { TargetSpec } from './schema.ts'

const PARTS: readonly string[] = ['postgres', 'redis', 'kafka', 'prometheus', 'alertmanager', 'grafana', 'docker']

/**
 * Refuses a description by which a run would look at the wrong machine: a role or part that there is none of, an engine's
 * socket of the operator's own machine in place of a host's, https to a near end whose name no certificate has.
 * @throws UsageError naming file, key and line of each
 */
export function rejectUnreachable(spec: TargetSpec, { place }: Pick<YamlSource, 'place'>): void {
  const mistakes = [...unknownNames(spec), ...socketsOfHere(spec), ...secureUrls(spec)]
  if (mistakes.length === 0) return
  throw new UsageError(mistakes.map(({ key, text }) => `${place(key)}: \`${key.join('.')}\`: ${text}`).join('\n'))
}

interface Mistake {
  readonly key: readonly string[]
  readonly text: string
}

function unknownNames({ reach, hosts, services }: TargetSpec): Mistake[] {
  if (reach === undefined) return []
  const roles = Object.keys(hosts)
  const noHost = (role: string, key: readonly string[]): Mistake[] =>
    roles.includes(role) ? [] : [{ key, text: `there is no host ${role}; hosts: ${roles.join(', ') || 'none'}` }]
  const names = [...PARTS, ...Object.keys(services)]
  return [
    ...noHost(reach.through, ['reach', 'through']),
    ...Object.entries(reach.parts).flatMap(([part, role]) => [
      ...(names.includes(part)
        ? []
        : [{ key: ['reach', 'parts', part], text: `there is no such part; parts: ${names.join(', ')}` }]),
      ...(role === 'direct' ? [] : noHost(role, ['reach', 'parts', part])),
    ]),
  ]
}

function socketsOfHere({ docker, hosts, reach }: TargetSpec): Mistake[] {
  if (docker === undefined || !('socket' in docker) || hosts.services?.shell !== 'ssh') return []
  if (reach !== undefined && reach.parts.docker !== 'direct') return []
  const text = `the services host is elsewhere, and this socket would be that of the machine where the run starts; add \`reach: { through: services }\`, or give host and port`
  return [{ key: ['docker', 'socket'], text }]
}

function secureUrls({ reach, services, prometheus, alertmanager, grafana }: TargetSpec): Mistake[] {
  if (reach === undefined) return []
  const urls = [
    ...Object.entries(services).map(([name, { url }]) => ({ name, url, key: ['services', name, 'url'] })),
    ...Object.entries({ prometheus, alertmanager, grafana }).flatMap(([name, part]) =>
      part === undefined ? [] : [{ name, url: part.url, key: [name, 'url'] }],
    ),
  ]
  return urls
    .filter(({ name, url }) => url.startsWith('https:') && reach.parts[name] !== 'direct')
    .map(({ name, key }) => ({
      key,
      text: `https cannot go through a forward, whose near end has another name; declare \`reach: { parts: { ${name}: direct } }\``,
    }))
}
