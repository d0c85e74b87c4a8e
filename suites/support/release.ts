import type { Judging } from '../../src/check.ts'
import type { ReleaseSpec } from '../../src/targets/schema.ts'

export { isDigest, isImage, runsImage } from '../../src/standing/images.ts'

/** What should be released; the check is unobserved where nobody said. */
export function expectedRelease({ target, unobserved }: Judging): ReleaseSpec {
  const { release } = target.spec
  if (release !== undefined) return release
  return unobserved({
    id: 'release:unknown',
    text: 'nobody said what should be released; give --release=FILE (a release manifest or an earlier report.json), or `release` in the target file',
  })
}
