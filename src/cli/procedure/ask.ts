import { randomBytes } from 'node:crypto'
import { quote } from '../../host/questions.ts'
import type { Shell } from '../../host/shell.ts'
import { Unobserved } from '../../outcome.ts'
import { type PublishedPort, parsePorts } from '../init/engine.ts'

/** A container of the project as the engine tells of it. */
export interface FoundContainer {
  readonly service: string
  /** Id of its image. */
  readonly image: string
  readonly isRunning: boolean
  readonly ports: readonly PublishedPort[]
}

/** An image on the host: its id, and the name and digest it has at a registry, where it has one. */
export interface FoundImage {
  readonly repository: string
  /** `sha256:…`; empty where it has none. */
  readonly digest: string
  readonly id: string
}

export interface Answers {
  readonly containers: readonly FoundContainer[]
  readonly images: readonly FoundImage[]
  /** The role that the database's image has made its administrator. */
  readonly administrator: string
  /** Directories of backups, by name. */
  readonly backups: readonly string[]
  /** The manifest that was asked for; undefined: it cannot be read. */
  readonly manifest: { readonly text: string; readonly sha256: string } | undefined
}

export interface Questions {
  readonly address: string
  readonly root: string
  readonly sudo: boolean
  readonly project: string
  readonly backups: string
  /** Backup whose manifest is wanted: a name in `backups`, a whole path, or `newest`. */
  readonly backup: string
}

const TIMEOUT_MS = 30_000
const MAX_BYTES = 16 * 1024 * 1024
const SERVICE = '{{index .Config.Labels "com.docker.compose.service"}}'
const PORTS = '{{range $inner, $outer := .NetworkSettings.Ports}}{{range $outer}}:{{.HostPort}}->{{$inner}},{{end}}{{end}}'

/**
 * Asks a host, in one round trip and reading only, what a printed procedure must know of its engine and its backups.
 * @throws Unobserved with what the host said where the engine does not answer
 */
export async function askHost(shell: Shell, questions: Questions, signal: AbortSignal): Promise<Answers> {
  const nonce = randomBytes(12).toString('hex')
  const options = { stdin: scriptOf(questions, nonce), timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal }
  const { stdout, stderr, truncated } = await shell.run(['sh', '-s'], options)
  const sections = new Map(
    stdout
      .split(`@@${nonce} `)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  )
  const section = (name: string): string => sections.get(name) ?? ''
  const cannot = (text: string): never => {
    throw new Unobserved({ id: `procedure:${questions.address}`, text: `${questions.address} cannot be looked at: ${text}` })
  }
  if (truncated || !sections.has('end')) cannot(`it did not answer to the end (${stderr.trim().slice(0, 300) || 'no complaint'})`)
  if (section('engine').trim() !== 'ok')
    cannot(
      `its engine does not answer (${section('engine').trim().slice(0, 300)}); put the account into the group docker, or declare \`sudo: true\``,
    )
  const [sha256 = ''] = section('sum').trim().split(/\s/)
  return {
    containers: rows(section('containers'), 4).map(([service = '', image = '', state = '', ports = '']) => ({
      service,
      image,
      isRunning: state === 'running',
      ports: parsePorts(ports),
    })),
    images: rows(section('images'), 3).map(([repository = '', digest = '', id = '']) => ({
      repository: repository === '<none>' ? '' : repository,
      digest: digest === '<none>' ? '' : digest,
      id,
    })),
    administrator: section('administrator').trim() || 'postgres',
    backups: section('backups')
      .split('\n')
      .filter((name) => name !== ''),
    manifest: sha256 === '' ? undefined : { text: section('manifest').slice(0, -1), sha256 },
  }
}

function rows(text: string, columns: number): string[][] {
  return text
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((fields) => fields.length === columns)
}

/** Every file is opened for reading alone; where the account may not, and the target says so, sudo asks in its place. */
function scriptOf({ root, sudo, project, backups, backup }: Questions, nonce: string): string {
  return String.raw`
PATH=$PATH:/usr/local/bin:/usr/sbin:/sbin
as() { "$@" 2>/dev/null || { [ -n ${quote(sudo ? 'yes' : '')} ] && sudo -n "$@"; }; }
mark() { printf '@@%s %s\n' ${nonce} "$1"; }
backups=${quote(root + backups)}
mark engine
as docker version --format '{{if .Server.Version}}ok{{end}}' || docker version 2>&1 | tail -n 1
mark containers
ids=$(as docker ps --all --quiet --filter label=com.docker.compose.project=${quote(project)} --filter label=com.docker.compose.oneoff=False)
[ -z "$ids" ] || as docker inspect --format ${quote(`${SERVICE}\t{{.Image}}\t{{.State.Status}}\t${PORTS}`)} $ids
mark administrator
id=$(as docker ps --all --quiet --filter label=com.docker.compose.project=${quote(project)} --filter label=com.docker.compose.service=postgres)
[ -z "$id" ] || as docker inspect --format '{{range .Config.Env}}{{println .}}{{end}}' $id | sed -n 's/^POSTGRES_USER=//p'
mark images
as docker image ls --no-trunc --digests --format ${quote('{{.Repository}}\t{{.Digest}}\t{{.ID}}')}
mark backups
names=$(as ls -1 "$backups" | grep -E '^[0-9]{8}_[0-9]{6}$')
printf '%s\n' "$names"
backup=${quote(backup)}
case $backup in
  newest) backup=$backups/$(printf '%s\n' "$names" | tail -n 1) ;;
  /*) backup=${quote(root)}$backup ;;
  *) backup=$backups/$backup ;;
esac
mark sum
as sha256sum "$backup/manifest.json"
mark manifest
as cat "$backup/manifest.json"
printf '\n'
mark end
`
}
