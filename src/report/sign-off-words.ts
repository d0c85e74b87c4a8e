import type { Report } from './model.ts'
import type { SignOffs } from './sign-offs.ts'
import { plural } from './text.ts'

const NOUNS = { waivers: 'waiver', attestations: 'sign-off' } as const

/** What needs somebody's eye before the verdict is believed: expired entries, ones that are not needed, ones nobody can vouch for. */
export function signOffWarnings({ signOffs }: Pick<Report, 'signOffs'>): string[] {
  return (signOffs ?? []).flatMap((one) => [
    ...told(one.expired, one, (count) => (count === 1 ? 'has expired and is not applied' : 'have expired and are not applied')),
    ...told(one.unneeded, one, (count) => `${count === 1 ? 'is' : 'are'} no longer needed, since the line passes`),
    ...told(one.bySelf, one, (count) => `${count === 1 ? 'was' : 'were'} signed by the person who ran this`),
    ...(one.commit === '' && one.applied > 0
      ? [`${one.file} is not committed as it was read: nobody can tell who wrote it`]
      : []),
  ])
}

/** Where sign-offs come from: `waivers.yaml, as committed in 3f2b9c1d5e7a by Jo Example; 2 applied, none by the person who ran this`. */
export function signOffSources({ signOffs }: Pick<Report, 'signOffs'>): string[] {
  return (signOffs ?? []).map(({ file, commit, author, applied, bySelf, kind }) => {
    const source = commit === '' ? 'not committed as it was read' : `as committed in ${commit.slice(0, 12)} by ${author}`
    const who =
      applied === 0
        ? ''
        : bySelf.length === 0
          ? ', none by the person who ran this'
          : `, ${bySelf.length} by the person who ran this`
    return `${file}, ${source}; ${plural(applied, NOUNS[kind])} applied${who}`
  })
}

function told(entries: readonly string[], { kind, file }: SignOffs, words: (count: number) => string): string[] {
  return entries.length === 0
    ? []
    : [`${plural(entries.length, NOUNS[kind])} of ${file} ${words(entries.length)}: ${entries.join('; ')}`]
}
