import type { PartSource } from './catalogue.ts'

/** Where images are kept that were built here. The name's host keeps an engine from ever looking for one in a public registry. */
const REPOSITORY = 'localhost/runbook'

/** The filter by which an engine lists the images that were built here. */
export const OURS = `${REPOSITORY}/*`

/** The name of an image that is built here; behind the upstream tag, so that what reads versions out of tags still does. */
export function builtName({ part, upstream, isPulled }: PartSource, origin: 'upstream' | 'stand-in', hash: string): string {
  const version = isPulled ? [upstream.tag] : []
  return `${REPOSITORY}/${part}:${[...version, ...(origin === 'stand-in' ? [origin] : []), hash].join('-')}`
}

/** The name of what the stand-ins are built on. */
export function baseName(kind: 'root' | 'base', hash: string): string {
  return `${REPOSITORY}/${kind}:${hash}`
}
