import { check } from '../../src/check.ts'
import { promised } from '../../src/probe.ts'
import { hostFact } from '../../src/probes/host.ts'
import { notThere } from '../support/not-there.ts'
import { closedDirectories, openBits, wantedTree } from '../support/tree.ts'

check(
  'PRE-33',
  'Every directory of the application and of monitoring exists on the services host.',
  (target) => promised(hostFact(target, 'services', 'directories')),
  ({ entries }, { target, expect }) => {
    const found = new Map(entries.map((entry) => [entry.path, entry.type]))
    const problems = wantedTree(target).flatMap((path) => {
      const type = found.get(path) ?? 'none'
      return type === 'directory' ? [] : [`${path}: ${type === 'none' ? 'missing' : type}`]
    })
    expect(problems, 'directories that exist').toEqual([])
  },
)

check(
  'PRE-34',
  'The directories of the application and of monitoring belong to the account and the group that deploy; data directories may belong to their servers.',
  (target) => ({ directories: hostFact(target, 'services', 'directories'), account: hostFact(target, 'services', 'account') }),
  ({ directories, account }, { target, expect }) => {
    const { paths, expect: expected } = target.spec
    const wanted = wantedTree(target).filter(
      (path) => !path.startsWith(`${paths.application}/data/`) && path !== paths.keys && path !== paths.certificates,
    )
    const owned = directories.entries.filter(({ path, exists }) => exists && wanted.includes(path))
    expect(owned.length, 'directories that exist').toBeGreaterThan(0)
    const owner = expected.owner || expected.deployUser || account.account
    const problems = owned.flatMap((entry) =>
      entry.owner === owner && entry.group === expected.group ? [] : [`${entry.path}: ${entry.owner}:${entry.group}`],
    )
    expect(problems, `directories of ${owner}:${expected.group}`).toEqual([])
  },
)

check(
  'PRE-35',
  'No directory of the application or of monitoring may be changed by accounts outside its group.',
  (target) => hostFact(target, 'services', 'directories'),
  ({ entries }, { target, expect }) => {
    const { application, monitoring } = target.spec.paths
    const inside = entries.filter(
      ({ path, exists }) => exists && [application, monitoring].some((top) => path === top || path.startsWith(`${top}/`)),
    )
    expect(inside.length, 'directories that exist').toBeGreaterThan(0)
    const problems = inside.flatMap(({ path, mode }) => ((openBits(mode) & 0o2) === 0 ? [] : [`${path}: mode ${mode}`]))
    expect(problems, 'directories without write permission for others').toEqual([])
  },
)

check(
  'PRE-36',
  'The secrets directory has mode 0700, belongs to the account that deploys, and can be entered by it.',
  (target) => ({ secrets: hostFact(target, 'services', 'directories'), account: hostFact(target, 'services', 'account') }),
  ({ secrets, account }, { target, expect, unobserved }) => {
    const { paths, expect: expected } = target.spec
    const entry = secrets.entries.find(({ path }) => path === paths.secrets)
    if (entry === undefined || !entry.exists)
      return unobserved(notThere(target, paths.secrets, { what: 'the directory of secrets', setting: 'paths.secrets' }))
    const owner = expected.owner || expected.deployUser || account.account
    const problems = [
      ...(entry.type === 'directory' ? [] : [`it is no directory, but a ${entry.type}`]),
      ...(entry.mode === '0700' ? [] : [`it has mode ${entry.mode}, not 0700`]),
      ...(entry.owner === owner ? [] : [`it belongs to ${entry.owner}, not to ${owner}`]),
    ]
    expect(problems, `what is wrong with ${paths.secrets}`).toEqual([])
  },
)

const SEARCHED = {
  application: 'the directory of the application',
  monitoring: 'the directory of monitoring',
  certificates: 'the directory of certificates',
  keys: 'the directory of private keys',
} as const

check(
  'PRE-37',
  'Nothing beneath the application, monitoring, the certificates and the keys can be written by everybody.',
  (target) => hostFact(target, 'services', 'worldWritable'),
  ({ searched, paths, unreadable, lacking }, { target, expect, unobserved }) => {
    expect(paths, 'files and directories that everybody may write').toEqual([])
    for (const [name, what] of Object.entries(SEARCHED)) {
      const path = target.spec.paths[name as keyof typeof SEARCHED]
      if (!searched.includes(path)) unobserved(notThere(target, path, { what, setting: `paths.${name}` }))
    }
    if (unreadable.length > 0) {
      unobserved({
        id: `closed:${unreadable.join(' ')}`,
        text: `these directories could not be searched: ${unreadable.join(', ')}; ${lacking ?? 'run the suite as an account that may enter them'}`,
      })
    }
  },
)

check(
  'PRE-38',
  'Data and backups of the services host are closed to accounts outside their group.',
  (target) => hostFact(target, 'services', 'directories'),
  ({ entries }, { target, expect, unobserved }) => {
    const closed = closedDirectories(target)
    const found = entries.filter(({ path, exists }) => exists && closed.some((top) => path === top || path.startsWith(`${top}/`)))
    const problems = found.flatMap(({ path, mode }) => (openBits(mode) === 0 ? [] : [`${path}: mode ${mode}`]))
    expect(problems, 'directories of data and backups that are open to others').toEqual([])
    const missing = closed.find((top) => !found.some(({ path }) => path === top))
    if (missing === undefined) return
    const [name, setting] = missing === target.spec.paths.backups ? ['backups', 'backups'] : ['data', 'application']
    unobserved(notThere(target, missing, { what: `the directory of ${name}`, setting: `paths.${setting}` }))
  },
)
