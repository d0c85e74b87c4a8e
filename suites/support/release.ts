import type { Judging } from '../../src/check.ts'
import type { ContainerFacts } from '../../src/probes/docker.ts'
import type { ReleaseSpec } from '../../src/targets/schema.ts'

/** What should be released; the check is unobserved where nobody said. */
export function expectedRelease({ target, unobserved }: Judging): ReleaseSpec {
  const { release } = target.spec
  if (release !== undefined) return release
  return unobserved({
    id: 'release:unknown',
    text: 'nobody said what should be released; give --release=FILE (a release manifest or an earlier report.json), or `release` in the target file',
  })
}

/** Whether a release names this service by its image's digest and not by a version. */
export function isDigest(wanted: string): boolean {
  return /^(?:[^@]*@)?sha256:[0-9a-f]{64}$/.test(wanted)
}

/** Whether an image's name is the one that a release names: by digest, or by the tag. */
export function isImage(image: string, wanted: string): boolean {
  if (isDigest(wanted)) return image.endsWith(`@${digestOf(wanted)}`)
  return image.replace(/@sha256:[0-9a-f]{64}$/, '').endsWith(`:${wanted}`)
}

/** Whether a container runs the image that a release names, whatever name it was started by. */
export function runsImage({ image, imageId, digests }: ContainerFacts, wanted: string): boolean {
  if (isImage(image, wanted)) return true
  return isDigest(wanted) && [imageId, ...digests].includes(digestOf(wanted))
}

function digestOf(reference: string): string {
  return reference.slice(reference.indexOf('@') + 1)
}
