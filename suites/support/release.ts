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

/** Whether a container runs the image that a release names: by digest, or by the tag of the image. */
export function runsImage({ image, imageId, digests }: ContainerFacts, wanted: string): boolean {
  if (!isDigest(wanted)) return image.replace(/@sha256:[0-9a-f]{64}$/, '').endsWith(`:${wanted}`)
  const digest = wanted.slice(wanted.indexOf('@') + 1)
  return imageId === digest || digests.includes(digest) || image.endsWith(`@${digest}`)
}
