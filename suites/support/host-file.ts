import type { Judging } from '../../src/check.ts'
import type { TextFile } from '../../src/host/facts/files.ts'

/** The text of a host's file; fails the check where there is none, ends it unobserved where the collector cut it. */
export function fileText({ path, exists, text, truncated }: TextFile, { expect, unobserved }: Judging): string {
  expect(exists ? path : '(no such file)', 'file on the host').toBe(path)
  if (truncated)
    return unobserved({ id: `truncated:${path}`, text: `${path} is longer than what the collector reads; look at it by hand` })
  return text
}
