/** A container's image as far as a release can name it. */
export interface NamedImage {
  /** As it was asked for, such as `postgres:15.8`. */
  readonly image: string
  readonly imageId: string
  /** Digests under which registries know it, without the repository. */
  readonly digests: readonly string[]
}

/** Whether a release names a service by its image's digest and not by a version. */
export function isDigest(wanted: string): boolean {
  return /^(?:[^@]*@)?sha256:[0-9a-f]{64}$/.test(wanted)
}

/** Whether an image's name is the one that a release names: by digest (an image without a registry's is named by its id alone), or by the tag. */
export function isImage(image: string, wanted: string): boolean {
  if (isDigest(wanted)) return isDigest(image) && digestOf(image) === digestOf(wanted)
  return image.replace(/@sha256:[0-9a-f]{64}$/, '').endsWith(`:${wanted}`)
}

/** Whether a container runs the image that a release names, whatever name it was started by. */
export function runsImage({ image, imageId, digests }: NamedImage, wanted: string): boolean {
  if (isImage(image, wanted)) return true
  return isDigest(wanted) && [imageId, ...digests].includes(digestOf(wanted))
}

/** The digest by which a report names what runs: the registry's, or the image's own id where it was built there. */
export function digestOfRunning({ imageId, digests }: NamedImage): string {
  return digests[0] ?? imageId
}

function digestOf(reference: string): string {
  return reference.slice(reference.indexOf('@') + 1)
}
