import { Unobserved } from '../../src/outcome.ts'
import type { Session } from '../../src/probe.ts'

/** A session for one probe under test; `close` ends what the probe kept open. */
export function testSession(
  secrets: Readonly<Record<string, string>> = {},
  { signal = AbortSignal.timeout(20_000) }: { readonly signal?: AbortSignal } = {},
): Session & { close(): Promise<void> } {
  const kept = new Map<string, { readonly resource: Promise<unknown>; readonly close: () => Promise<void> }>()
  const session: Session & { close(): Promise<void> } = {
    runId: 'test-run',
    signal,
    secret(name) {
      const secret = secrets[name]
      if (secret === undefined) throw new Unobserved({ id: `secret:${name}`, text: `no secret ${name} in this test` })
      return secret
    },
    share: (probe) => probe.read(session),
    keep<T>(key: string, open: () => Promise<T>, close: (resource: T) => Promise<void> | void): Promise<T> {
      const known = kept.get(key)
      if (known !== undefined) return known.resource as Promise<T>
      const resource = open()
      kept.set(key, { resource, close: async () => close(await resource) })
      return resource
    },
    async close() {
      for (const { close } of kept.values()) await close()
      kept.clear()
    },
  }
  return session
}
