import http from 'node:http'
import type { Readable } from 'node:stream'
import type { Engine } from '../ephemeral/engine.ts'
import { engineAnswers } from './ready.ts'
import type { HostContainer } from './start.ts'

const LOAD_MS = 600_000

/**
 * Brings images from the outer engine into the one that runs on the host: one stream of those that are missing, in which every
 * layer is once. Returns the names that were brought.
 */
export async function loadImages(
  { address, docker }: Pick<Engine, 'address' | 'docker'>,
  host: Pick<HostContainer, 'run' | 'exec' | 'name'>,
  names: readonly string[],
): Promise<string[]> {
  const there = new Set((await host.run(['docker', 'image', 'ls', '--all', '--quiet', '--no-trunc'])).split('\n'))
  const ids = await Promise.all(names.map(async (name) => ({ name, id: (await docker.getImage(name).inspect()).Id })))
  const missing = ids.filter(({ id }) => !there.has(id)).map(({ name }) => name)
  if (missing.length === 0) return []
  await host.run(['docker', 'load', '--quiet'], { stdin: await saved(address, missing), timeoutMs: LOAD_MS })
  await nameByDigest(host)
  return missing
}

/** Removes every image of the host's engine that is none of these of the outer one. */
export async function keepOnly(
  { docker }: Pick<Engine, 'docker'>,
  host: Pick<HostContainer, 'run'>,
  names: readonly string[],
): Promise<void> {
  const wanted = new Set(await Promise.all(names.map(async (name) => (await docker.getImage(name).inspect()).Id)))
  const there = (await host.run(['docker', 'image', 'ls', '--quiet', '--no-trunc'])).split('\n')
  const unwanted = [...new Set(there)].filter((id) => id !== '' && !wanted.has(id))
  if (unwanted.length > 0) await host.run(['docker', 'image', 'rm', '--force', ...unwanted])
}

const REPOSITORIES = '/var/lib/docker/image/overlay2/repositories.json'
const WITH_DIGESTS =
  '.Repositories |= with_entries(.key as $name | .value |= . + (to_entries | map({ key: ($name + "@" + .value), value }) | from_entries))'

/**
 * Lets the engine know its images by digest as well, as it would had it pulled them, so that a compose file can pin them. What was
 * built here has no digest of a registry; its id, which is one of its content, stands for it.
 */
async function nameByDigest(host: Pick<HostContainer, 'run' | 'exec' | 'name'>): Promise<void> {
  await host.run(['host-init', 'stop', 'dockerd'])
  const script = 'jq "$1" "$2" >"$2.new" && mv "$2.new" "$2"'
  await host.run(['sh', '-c', script, 'jq', WITH_DIGESTS, REPOSITORIES])
  await host.run(['host-init', 'start', 'dockerd'])
  await engineAnswers(host)
}

/** The images as `docker save` writes them. */
function saved(address: Engine['address'], names: readonly string[]): Promise<Readable> {
  const { promise, resolve, reject } = Promise.withResolvers<Readable>()
  const query = names.map((name) => `names=${encodeURIComponent(name)}`).join('&')
  const asked = http.get({ ...address, path: `/images/get?${query}`, agent: false }, (answer) => {
    if (answer.statusCode === 200) resolve(answer)
    else {
      answer.resume()
      reject(new Error(`the engine did not save ${names.join(', ')}: HTTP ${answer.statusCode}`))
    }
  })
  asked.once('error', reject)
  return promise
}
