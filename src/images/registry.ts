import { ImageFailed } from './failures.ts'

/** A registry could not be reached: asking it for another image would only take time. */
export class RegistryUnreachable extends ImageFailed {}

const UNREACHABLE =
  /no such host|connection refused|network is unreachable|no route to host|i\/o timeout|timed? ?out|x509:|proxyconnect/i

/** Tells from an engine's words whether the registry was not reached, or was and said no. */
export function isUnreachable(said: string): boolean {
  return UNREACHABLE.test(said)
}

/** One request to a registry; it tells when the registry has answered, which may be long before all is fetched. */
export type Attempt = (answered: () => void) => Promise<void>

/**
 * Lets the first request to each registry go ahead alone until it has an answer: where the registry cannot be reached, the others
 * fail with the first one's error, without being tried.
 */
export function registryGate(): (registry: string, attempt: Attempt) => Promise<void> {
  const answers = new Map<string, Promise<RegistryUnreachable | undefined>>()
  return async (registry, attempt) => {
    const known = answers.get(registry)
    if (known !== undefined) {
      const failure = await known
      if (failure !== undefined) throw failure
      return attempt(() => undefined)
    }
    const { promise, resolve } = Promise.withResolvers<RegistryUnreachable | undefined>()
    answers.set(registry, promise)
    try {
      await attempt(() => resolve(undefined))
    } catch (error) {
      if (error instanceof RegistryUnreachable) resolve(error)
      throw error
    } finally {
      resolve(undefined)
    }
  }
}
