import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bodies, Outline } from '../../../src/procedures/outline.ts'
import { BACKUP as BACKUP_OUTLINE, DEPLOY, ROLLBACK } from '../../../src/procedures/outlines.ts'
import { assemble } from '../../../src/procedures/script/assemble.ts'
import { backupScript } from '../../../src/procedures/script/backup-script.ts'
import { deployScript } from '../../../src/procedures/script/deploy-script.ts'
import { rollbackScript } from '../../../src/procedures/script/rollback-script.ts'
import { assignments, comment, printing } from '../../../src/procedures/script/shell.ts'
import type { Site } from '../../../src/procedures/script/site.ts'
import { BACKUP, digest, MANIFEST, RELEASE, SITE } from './sample.ts'

const has = (tool: string): boolean => spawnSync(tool, ['--version']).error === undefined
/** What a name may hold that a shell could take for something else. */
const HOSTILE = `a b'c"d$(touch /tmp/pwned)\`touch /tmp/pwned\`;\\e*?[x]&|<>#!~’\u201d%s\n-rf`

function hostileSite(): Site {
  const site = structuredClone(SITE)
  const paths = Object.fromEntries(
    Object.entries(site.paths).map(([key, value]) => [key, typeof value === 'string' ? `/${HOSTILE}` : [`/${HOSTILE}`]]),
  )
  const { service: _, ...database } = site.database
  return {
    ...site,
    paths: paths as unknown as Site['paths'],
    target: HOSTILE,
    project: HOSTILE,
    composeFile: `/${HOSTILE}`,
    envFile: `/${HOSTILE}`,
    groups: { ...site.groups, services: [HOSTILE] },
    database: { ...database, name: HOSTILE, user: HOSTILE },
    approval: HOSTILE,
    notes: [HOSTILE],
  }
}

const hostileManifest = {
  ...MANIFEST,
  database: { ...MANIFEST.database, name: HOSTILE, tables: [{ name: HOSTILE, rows: 1, newest: null }] },
  images: { [HOSTILE]: digest('b'), nginx: digest('e') },
}
const { service: _, ...elsewhere } = SITE.database
const SCRIPTS = {
  backup: backupScript(SITE),
  'backup of a database elsewhere': backupScript({ ...SITE, database: elsewhere }),
  rollback: rollbackScript(SITE, BACKUP),
  'rollback to a backup without pg_dump': rollbackScript(SITE, {
    ...BACKUP,
    manifest: { ...MANIFEST, database: { ...MANIFEST.database, method: 'copy' } },
  }),
  deploy: deployScript(SITE, RELEASE),
  'hostile backup': backupScript(hostileSite()),
  'hostile rollback': rollbackScript(hostileSite(), {
    ...BACKUP,
    directory: `/${HOSTILE}`,
    manifest: hostileManifest,
    references: { [HOSTILE]: HOSTILE },
  }),
  'hostile deploy': deployScript(hostileSite(), {
    ...RELEASE,
    name: HOSTILE,
    references: { ...RELEASE.references, [HOSTILE]: `${HOSTILE}@${digest('c')}` },
  }),
}

describe('a printed script', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'test-printed-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const checked = (text: string, argv: readonly string[]): string => {
    const file = path.join(directory, 'script.sh')
    writeFileSync(file, text)
    const [tool = '', ...rest] = argv
    const { stdout, stderr } = spawnSync(tool, [...rest, file], { encoding: 'utf8' })
    return `${stdout}${stderr}`
  }

  it.skipIf(!has('bash')).each(Object.entries(SCRIPTS))('of a %s is bash (needs bash)', (_name, script) => {
    expect(checked(script, ['bash', '-n'])).toBe('')
  })

  it.skipIf(!has('shellcheck')).each(Object.entries(SCRIPTS))(
    'of a %s has nothing that shellcheck finds (needs shellcheck)',
    (_name, script) => {
      expect(checked(script, ['shellcheck', '--norc', '--shell=bash'])).toBe('')
    },
  )

  it.each([
    [BACKUP_OUTLINE, SCRIPTS.backup],
    [DEPLOY, SCRIPTS.deploy],
    [ROLLBACK, SCRIPTS.rollback],
  ] as readonly (readonly [Outline, string])[])(
    'of the $name has exactly the steps that a drill takes, in their order, with what to do when one fails',
    (outline, script) => {
      const steps = [...script.matchAll(/^ {2}step '(.*)' (once|always) (\S+) (\S+) (\S+) \\\n {4}'(.*)' \\\n {4}'(.*)'$/gm)]
      expect(
        steps.map(([, name, times, requires, , becomes, describe, whenItFails]) => ({
          name,
          describe,
          whenItFails,
          once: times === 'once',
          requires: requires !== '-',
          becomes: becomes !== '-',
        })),
      ).toEqual(
        outline.steps.map(({ name, describe, whenItFails, once, requires, becomes }) => ({
          name,
          describe,
          whenItFails,
          once: once === true,
          requires: requires !== undefined,
          becomes: becomes !== undefined,
        })),
      )
    },
  )

  it('takes every name for a name', () => {
    const values = assignments({ NAME: HOSTILE, LIST: [HOSTILE, ''] }, `"$NAME" "\${LIST[@]}"`)
    const { stdout } = spawnSync('bash', ['-c', `${values}\nprintf '%s\\0' "$NAME" "\${LIST[@]}"`], { encoding: 'utf8' })
    expect(stdout.split('\0')).toEqual([HOSTILE, HOSTILE, '', ''])
    const said = spawnSync('bash', ['-c', `${printing('say_it', HOSTILE, [HOSTILE, 'END', 'ENDX'])}\nsay_it`], {
      encoding: 'utf8',
    })
    expect(said.stdout).toBe(`${HOSTILE}\nEND\nENDX\n`)
  })

  it('tells at its top, in comments alone, whatever is to be told', () => {
    expect(comment('one\ntwo')).toEqual(['# one two'])
    expect(comment('word '.repeat(40).trim()).every((line) => line.startsWith('# word') && line.length <= 118)).toBe(true)
    expect(
      SCRIPTS['hostile rollback']
        .split('set -euo')[0]
        ?.trimEnd()
        .split('\n')
        .every((line) => line.startsWith('#')),
    ).toBe(true)
  })

  it('leaves out what it does not use', () => {
    expect(assignments({ A: 'a', B: 'b' }, '"$B"')).toContain("B='b'")
    expect(assignments({ A: 'a', B: 'b' }, '"$B"')).not.toContain("A='a'")
  })

  it('is refused where a step has no shell function, a service no image, or the backup is of another database', () => {
    const outline = {
      name: 'test',
      again: '',
      steps: [{ name: 'one', describe: 'One.', whenItFails: '' }],
    } as const satisfies Outline
    const bodies: Bodies<typeof outline, string, string> = { one: { run: 'no_such_function' } }
    expect(() => assemble(outline, bodies, { header: [], values: {}, files: [], functions: [] })).toThrow(
      'test: no shell function no_such_function',
    )
    expect(() => deployScript(SITE, { ...RELEASE, references: {} })).toThrow(
      'release 2.0.0 has no image of postgres; its manifest is incomplete',
    )
    expect(() => rollbackScript(SITE, { ...BACKUP, manifest: { ...MANIFEST, images: { nginx: digest('e') } } })).toThrow(
      /no image of receiver/,
    )
    expect(() => rollbackScript({ ...SITE, database: { ...SITE.database, name: 'other' } }, BACKUP)).toThrow(
      /is a backup of the database product, and the target's is other; choose another backup/,
    )
  })
})
