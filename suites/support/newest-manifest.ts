import type { Judging } from '../../src/check.ts'
import type { Facts } from '../../src/host/facts.ts'
import { type Manifest, parseManifest, UnusableBackup } from '../../src/procedures/manifest.ts'

/** The manifest of the newest backup; fails the check where there is none, or where it is malformed. */
export function newestManifest(
  { directory, newestManifest: { path, text } }: Facts<'backups'>,
  expect: Judging['expect'],
): Manifest {
  expect(
    text === '' ? `the newest backup in ${directory.path} has no manifest` : '',
    'what is wrong with the newest backup',
  ).toBe('')
  try {
    return parseManifest(text, path)
  } catch (error) {
    if (!(error instanceof UnusableBackup)) throw error
    expect(error.message, 'what is wrong with the newest backup').toBe('')
    throw error
  }
}
