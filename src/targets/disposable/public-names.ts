import type { TargetSpec } from '../schema.ts'

/** The public host names of a target, each once. */
export function publicNames(spec: TargetSpec): string[] {
  const urls = [...Object.values(spec.services), ...Object.values(spec.gateways)].flatMap(({ public: url }) => url ?? [])
  return [...new Set(urls.map((url) => new URL(url).hostname))]
}
