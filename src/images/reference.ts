/** An image by name, tag and, where it is pinned so, digest. */
export interface ImageReference {
  /** As an engine takes it: `name:tag@sha256:…`. */
  readonly text: string
  readonly registry: string
  readonly tag: string
  readonly digest: string | undefined
}

const REFERENCE = /^(?<name>[a-z0-9][a-z0-9._/:-]*?):(?<tag>\w[\w.-]{0,127})(?:@(?<digest>sha256:[0-9a-f]{64}))?$/

/** Reads `[registry/]name:tag[@sha256:…]`; undefined where it is no such thing, an image without a tag included. */
export function referenceOf(text: string): ImageReference | undefined {
  const { name, tag, digest } = REFERENCE.exec(text.trim())?.groups ?? {}
  if (name === undefined || tag === undefined) return undefined
  const [first, ...rest] = name.split('/')
  const isHost = rest.length > 0 && first !== undefined && (/[.:]/.test(first) || first === 'localhost')
  return { text: text.trim(), registry: isHost ? first : 'docker.io', tag, digest }
}
