import { appendFile, chmod, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { collect } from '../../src/host/collect.ts'
import type { HostFacts } from '../../src/host/facts.ts'
import { localShell } from '../../src/host/local.ts'
import { healthyTree } from '../support/host-tree.ts'
import { testTarget } from '../support/judging.ts'

const NOBODY = 65_534
const { spec } = testTarget()

/**
 * Asks a host whose directories are closed, with a stand-in for sudo that grants what `rules` match and reads it from an open copy
 * of the tree: what our side does is real, no account's rights are changed.
 */
async function askWithRules(
  rules: string,
  prepare: (root: string) => Promise<void> = async () => undefined,
): Promise<{ readonly facts: HostFacts; readonly secrets: readonly string[]; readonly text: string }> {
  await using healthy = await healthyTree()
  const { root, secrets } = healthy.tree
  const copy = await mkdtemp(join(tmpdir(), 'test-open-copy-'))
  try {
    for (const path of [spec.paths.secrets, spec.paths.keys]) {
      await cp(join(root, path), join(copy, path), { recursive: true })
      await chmod(join(root, path), 0o000)
    }
    await chmod(join(root, spec.paths.application), 0o755)
    for (const path of ['', spec.paths.secrets, spec.paths.keys]) await chmod(join(copy, path), 0o755)
    for (const name of Object.keys(secrets)) await chmod(join(copy, spec.paths.secrets, name), 0o644)
    await chmod(join(copy, spec.paths.secrets, 'redis_password'), 0o646)
    await chmod(join(copy, spec.paths.keys, 'hook-receiver.key'), 0o644)
    await chmod(join(copy, spec.paths.application), 0o755)
    await writeFile(join(root, 'usr/lib/stand-ins/sudo'), standIn(root, copy, rules), { mode: 0o755 })
    await prepare(root)
    const account = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
    const host = { ...healthy.host, sudo: true }
    const { facts, text } = await collect(localShell(account), host, spec, AbortSignal.timeout(25_000))
    return { facts, text, secrets: Object.values(secrets) }
  } finally {
    for (const path of [spec.paths.secrets, spec.paths.keys]) await chmod(join(root, path), 0o700)
    await rm(copy, { recursive: true, force: true })
  }
}

function standIn(root: string, copy: string, rules: string): string {
  return `#!/bin/sh
[ "$1" = -n ] || exit 1
shift
asked=
[ "$1" = -l ] && asked=yes && shift
case "$*" in ${rules}) ;; *) exit 1 ;; esac
[ -z "$asked" ] || exit 0
for word in "$@"; do
  shift
  case $word in '${root}'/*) word='${copy}'\${word#'${root}'} ;; esac
  set -- "$@" "$word"
done
"$@" | sed 's#${copy}#${root}#g'
`
}

describe('the environments of processes', () => {
  const ofSecrets = (facts: HostFacts) => {
    if (!facts.secretContents.ok) throw new Error(facts.secretContents.reason)
    const { lacking, secrets } = facts.secretContents.facts
    return { lacking, seen: secrets.map(({ inProcessEnvironment }) => inProcessEnvironment) }
  }
  const reading = "'ls '*|'stat '*|'cat '*"

  it('are searched as root where sudo allows exactly that', async () => {
    const { facts } = await askWithRules(`${reading}|'grep -qaFf - '*`, hideEnvironments)
    expect(ofSecrets(facts)).toEqual({ lacking: null, seen: expect.not.arrayContaining([null]) })
  })

  it('are unknown where one of them is closed, and the sudoers line is named', async () => {
    const { facts } = await askWithRules(reading, hideEnvironments)
    const { lacking, seen } = ofSecrets(facts)
    expect(lacking).toMatch(/`deployer ALL=\(root\) NOPASSWD: \S*grep -qaFf - \/proc\/\*\/environ`/)
    expect(seen).toEqual(seen.map(() => null))
  })

  it('are unknown where the processes of others are left out altogether', async () => {
    const { facts } = await askWithRules(`${reading}|'grep -qaFf - '*`, leaveOut)
    const { lacking, seen } = ofSecrets(facts)
    expect(lacking).toMatch(/hidepid/)
    expect(seen).toEqual(seen.map(() => null))
  })
})

/** A process of root's that runs on, as its environment is closed to others. */
async function hideEnvironments(root: string): Promise<void> {
  await writeFile(join(root, 'proc/1/environ'), 'HOME=/\0')
  await chmod(join(root, 'proc/1/environ'), 0o000)
}

async function leaveOut(root: string): Promise<void> {
  await rm(join(root, 'proc/1'), { recursive: true })
  await appendFile(join(root, 'proc/mounts'), 'proc /proc proc rw,nosuid,hidepid=invisible 0 0\n')
}

describe('closed directories', () => {
  it('are listed and judged where sudo allows exactly that, and nothing of the secrets comes out', async () => {
    const { facts, text, secrets } = await askWithRules("'ls '*|'stat '*|'cat '*")
    expect(facts.secretFiles).toMatchObject({
      ok: true,
      facts: { files: secrets.map(() => expect.objectContaining({ type: 'file' })) },
    })
    expect(facts.secretContents).toMatchObject({
      ok: true,
      facts: { secrets: secrets.map(() => expect.objectContaining({ whitespace: false })) },
    })
    expect(facts.keys).toMatchObject({ ok: true, facts: { keys: [{ name: 'hook-receiver.key', label: 'PRIVATE KEY' }] } })
    for (const secret of secrets) expect(text).not.toContain(secret)
  })

  it('are searched for what everybody may write where sudo allows exactly that, and named where it does not', async () => {
    const [allowed, refused] = [await askWithRules("'find '*"), await askWithRules('nothing')]
    expect(allowed.facts.worldWritable).toMatchObject({ ok: true, facts: { paths: [`${spec.paths.secrets}/redis_password`] } })
    expect(refused.facts.worldWritable).toMatchObject({
      ok: true,
      facts: {
        paths: [],
        unreadable: expect.arrayContaining([spec.paths.secrets]),
        lacking: expect.stringMatching(
          /`deployer ALL=\(root\) NOPASSWD: \S*find \/opt\/omninode_bridge \/opt\/monitoring \S+ \S+ -xdev ! -type l ! -type s -perm -0002 -print`/,
        ),
      },
    })
  })

  it('name every file whose reading sudo does not allow, each by its own path', async () => {
    const { facts } = await askWithRules("'ls '*|'stat '*")
    expect(facts.secretFiles.ok).toBe(true)
    expect(facts.secretContents).toMatchObject({
      ok: false,
      reason: 'permission denied: deployer may not read what lies in /opt/omninode_bridge/secrets',
    })
    const remedy = facts.secretContents.ok ? '' : facts.secretContents.remedy
    for (const name of ['api_key', 'postgres_password', 'redis_password'])
      expect(remedy).toContain(`cat /opt/omninode_bridge/secrets/${name}`)
    expect(remedy).not.toContain('*')
  })

  it('stay closed where sudo allows nothing', async () => {
    const { facts } = await askWithRules('nothing')
    expect(facts.secretFiles).toMatchObject({ ok: false, reason: expect.stringContaining('may not list') })
    expect(facts.machine.ok).toBe(true)
  })
})
