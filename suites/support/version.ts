/** The numbers of a version, such as [20, 10, 24] of `20.10.24+dfsg1`; empty where it has none. */
export function versionNumbers(version: string): number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '')
    .split('.')
    .filter((part) => part !== '')
    .map(Number)
}

/** Whether a version is the wanted one or a later one. A version without numbers is not. */
export function isAtLeast(version: string, wanted: string): boolean {
  const have = versionNumbers(version)
  if (have.length === 0) return false
  for (const [index, least] of versionNumbers(wanted).entries()) {
    const part = have[index] ?? 0
    if (part !== least) return part > least
  }
  return true
}
