import http from 'node:http'
import type { Readable } from 'node:stream'
import type { Engine } from '../ephemeral/engine.ts'
import type { HostContainer } from './start.ts'

const LOAD_MS = 600_000

/**
 * Brings images from the outer engine into the one that runs on the host: one stream of those that are missing, in which every
 * layer is once. Returns the names that were brought.
 */
export async function loadImages(
  { address, docker }: Pick<Engine, 'address' | 'docker'>,
  host: Pick<HostContainer, 'run'>,
  names: readonly string[],
): Promise<string[]> {
  const there = new Set((await host.run(['docker', 'image', 'ls', '--all', '--quiet', '--no-trunc'])).split('\n'))
  const ids = await Promise.all(names.map(async (name) => ({ name, id: (await docker.getImage(name).inspect()).Id })))
  const missing = ids.filter(({ id }) => !there.has(id)).map(({ name }) => name)
  if (missing.length === 0) return []
  await host.run(['docker', 'load', '--quiet'], { stdin: await saved(address, missing), timeoutMs: LOAD_MS })
  return missing
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
