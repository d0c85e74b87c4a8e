import type { Judging } from '../../src/check.ts'
import type { Facts } from '../../src/host/facts.ts'
import { type Manifest, parseManifest, UnusableBackup } from '../../src/procedures/manifest.ts'

/** The newest backup that has a manifest, as the host describes it. */
export interface NewestBackup {
  /** On the host. */
  readonly directory: string
  readonly manifest: Manifest
}

/**
 * The newest backup's manifest. A manifest that is not one fails the check; where the newest backup has none, or there is no
 * backup, what it holds cannot be told: unobserved, since the lines on backups themselves fail on that.
 */
export function newestBackup(
  facts: Facts<'backups'>,
  { unobserved, expect }: Pick<Judging, 'unobserved' | 'expect'>,
): NewestBackup {
  const { path, text } = facts.newestManifest
  if (text === '')
    return unobserved({
      id: 'backup:no-manifest',
      text: `the newest backup in ${facts.directory.path} has no manifest; take one with the backup procedure of this runbook`,
    })
  try {
    return { directory: path.replace(/\/[^/]*$/, ''), manifest: parseManifest(text, path) }
  } catch (error) {
    if (!(error instanceof UnusableBackup)) throw error
    expect(error.message, 'mistakes in the newest backup’s manifest').toBe('')
    throw error
  }
}
