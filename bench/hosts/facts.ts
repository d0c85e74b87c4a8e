import { readdirSync } from 'node:fs'
import path from 'node:path'
import { composeFileOf } from '../../src/host/questions.ts'
import type { TargetSpec } from '../../src/targets/schema.ts'

/** What all three tools look at on the host. */
export interface Facts {
  readonly dataPaths: readonly string[]
  readonly tools: readonly string[]
  readonly trees: readonly string[]
  readonly directories: readonly string[]
  readonly texts: readonly string[]
  readonly secrets: readonly string[]
  readonly certificates: readonly string[]
  readonly keys: readonly string[]
  readonly ports: readonly number[]
  readonly backups: string
}

/** The facts that the preflight lines about a host rest on, with what really lies there. */
export function factsOf(spec: TargetSpec): Facts {
  const { paths, expect } = spec
  const filesIn = (directory: string): string[] => readdirSync(directory).map((name) => path.join(directory, name))
  const trees = [paths.application, paths.monitoring]
  return {
    dataPaths: ['/', '/var/lib', `${paths.application}/data`, paths.backups, `${paths.application}/logs`],
    tools: expect.tools,
    trees: [...trees, paths.certificates, paths.keys],
    directories: [...trees.flatMap(directoriesIn), paths.secrets, paths.certificates, paths.keys, paths.backups],
    texts: [paths.envFile, composeFileOf(spec), paths.prometheusConfig],
    secrets: filesIn(paths.secrets),
    certificates: filesIn(paths.certificates),
    keys: filesIn(paths.keys),
    ports: [5_432, 6_379, 9_092, 9_090, 9_093, 3_000, 8_001, 8_002, 8_003],
    backups: paths.backups,
  }
}

function directoriesIn(tree: string): string[] {
  const below = readdirSync(tree, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory())
  const paths = below.map((entry) => path.join(entry.parentPath, entry.name))
  return [tree, ...paths.filter((one) => path.relative(tree, one).split(path.sep).length <= 2)]
}

/** The same as a gossfile: what is there is stated as it must be, commands by how they end. */
export function gossfile(facts: Facts): string {
  const file = (paths: readonly string[], more: object): Record<string, object> =>
    Object.fromEntries(paths.map((one) => [one, { exists: true, ...more }]))
  const command = (lines: readonly string[]): Record<string, object> =>
    Object.fromEntries(lines.map((line) => [line, { 'exit-status': { ge: 0 }, timeout: 30_000 }]))
  const each = (paths: readonly string[], line: (path: string) => string): string[] => paths.map((one) => line(`'${one}'`))
  return JSON.stringify({
    file: {
      ...file(facts.directories, { filetype: 'directory', mode: { ge: '0000' } }),
      ...file([...facts.texts, ...facts.secrets, ...facts.certificates, ...facts.keys], { filetype: 'file', size: { gt: 0 } }),
    },
    port: Object.fromEntries(facts.ports.map((port) => [`tcp:${port}`, { listening: false }])),
    'kernel-param': { 'vm.swappiness': { value: { 'match-regexp': '[0-9]+' } } },
    command: command([
      'nproc',
      'grep MemTotal /proc/meminfo',
      'uname -r',
      'cat /etc/os-release',
      'timedatectl show -p NTPSynchronized',
      'docker version',
      'docker compose version',
      'docker info',
      'systemctl is-active docker',
      'systemctl is-enabled docker',
      'cat /proc/self/limits',
      'getent group docker',
      'nft list ruleset || iptables -S',
      `ls -lt '${facts.backups}'`,
      ...each(facts.dataPaths, (one) => `df -P -k ${one}; df -P -i ${one}`),
      ...each(facts.trees, (one) => `find ${one} -xdev ! -type l -perm -0002`),
      ...facts.tools.map((tool) => `command -v ${tool}`),
      ...each(facts.secrets, (one) => `grep -qaFf ${one} /proc/[0-9]*/cmdline`),
      ...each(facts.certificates, (one) => `openssl x509 -in ${one} -noout -subject -enddate -pubkey`),
      ...each(facts.keys, (one) => `openssl pkey -in ${one} -pubout`),
    ]),
  })
}
