import { spawnSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { collect } from '../../src/host/collect.ts'
import { localShell } from '../../src/host/local.ts'
import { healthyTree, type TestTree } from '../support/host-tree.ts'
import { testTarget } from '../support/judging.ts'

const { spec } = testTarget()
const HAS_RPM = spawnSync('rpm', ['--version']).status === 0
const SHELLS = [['dash'], ['bash', '--posix'], ['busybox', 'sh']]

/** As dnf keeps what Red Hat's and Rocky's repositories publish. */
const ADVISORIES = `<?xml version="1.0" encoding="UTF-8"?>
<updates>
  <update from="releng@example.org" status="final" type="security" version="2.0">
    <id>RLSA-2026:1001</id><title>Important: openssl security update</title>
    <pkglist><collection short="a"><name>a</name>
      <package name="openssl" version="3.0.7" release="25.el9_3" epoch="1" arch="x86_64" src="openssl-3.0.7-25.el9_3.src.rpm">
        <filename>openssl-3.0.7-25.el9_3.x86_64.rpm</filename><reboot_suggested>False</reboot_suggested>
      </package>
      <package name="not-installed" version="9" release="9" epoch="0" arch="x86_64"/>
    </collection></pkglist>
  </update>
  <update from="releng@example.org" status="final" type="bugfix" version="2.0">
    <pkglist><collection><package name="bash" version="9.0" release="1.el9" epoch="0" arch="x86_64"/></collection></pkglist>
  </update>
  <update from="releng@example.org" status="final" type="security" version="2.0">
    <pkglist><collection>
      <package name="curl" version="7.76.1" release="26.el9" epoch="0" arch="x86_64"/>
      <package name="kernel" version="5.14.0" release="427.el9" arch="x86_64"/>
    </collection></pkglist>
  </update>
</updates>
`
/** What rpm prints for our format; the kernel is there twice, and its newer one is what is offered. */
const INSTALLED = `@ openssl 1 3.0.7 24.el9
@ bash 0 5.1.8 6.el9_1
@ curl 0 7.76.1 29.el9_4
@ kernel 0 5.14.0 362.el9
@ kernel 0 5.14.0 427.el9
@ gpg-pubkey 0 fd431d51 4ae0493b
`

/** A host of rpm packages: real rpm compares; what is installed is recorded. */
async function rpmHost(cache: string, { name = 'a1b2-updateinfo.xml.gz', text = ADVISORIES } = {}): Promise<TestTree> {
  const tree = await healthyTree()
  const { root } = tree.tree
  const standIns = join(root, 'usr/lib/stand-ins')
  await rm(join(standIns, 'dpkg-query'), { force: true })
  await rm(join(root, 'var/lib/apt'), { recursive: true, force: true })
  const repodata = join(root, cache, 'baseos-5f3a/repodata')
  await mkdir(repodata, { recursive: true })
  await writeFile(join(repodata, name), name.endsWith('.gz') ? gzipSync(text) : text)
  await writeFile(join(standIns, 'dnf'), '#!/bin/sh\necho dnf must not be run >&2\nexit 1\n', { mode: 0o755 })
  const rpm = `#!/bin/sh\ncase $1 in -qa) printf '%s' '${INSTALLED}' ;; *) PATH=/usr/bin:/bin exec rpm "$@" ;; esac\n`
  await writeFile(join(standIns, 'rpm'), rpm, { mode: 0o755 })
  await writeFile(join(standIns, 'setpriv'), '#!/bin/sh\nshift 3\nexec "$@"\n', { mode: 0o755 })
  return tree
}

async function updatesOf({ host }: TestTree, argv: readonly string[]) {
  const options = { shell: [...argv, '-s'], preamble: 'RUNBOOK_SECTIONS=updates\n' }
  const { facts } = await collect(localShell(), host, spec, AbortSignal.timeout(25_000), options)
  return facts.updates
}

const isInstalled = (command = ''): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0

describe.skipIf(!HAS_RPM)('security updates of rpm packages (needs rpm to compare versions)', () => {
  it.each(SHELLS.filter(([command]) => isInstalled(command)))('are read from the cache of dnf by %s %s', async (...argv) => {
    await using tree = await rpmHost('var/cache/dnf')
    const updates = await updatesOf(
      tree,
      argv.filter((word) => word !== undefined),
    )
    expect(updates).toMatchObject({ ok: true, facts: { manager: 'dnf', security: ['openssl'], pending: null } })
    const seconds = updates.ok ? (updates.facts.listsModified ?? 0) : 0
    expect(Math.abs(seconds - Date.now() / 1_000)).toBeLessThan(600)
  })

  it('are read from the cache of dnf 5, also where it is not packed', async () => {
    await using tree = await rpmHost('var/cache/libdnf5', { name: 'c3-updateinfo.xml' })
    expect(await updatesOf(tree, ['sh'])).toMatchObject({ ok: true, facts: { security: ['openssl'] } })
  })

  it('are none where all that is offered is installed, and hostile names are not run', async () => {
    const text = ADVISORIES.replaceAll('25.el9_3', '24.el9').replace('not-installed', 'openssl&quot;) os.execute(&quot;id')
    await using tree = await rpmHost('var/cache/dnf', { text })
    expect(await updatesOf(tree, ['sh'])).toMatchObject({ ok: true, facts: { security: [] } })
  })
})

describe('a host of rpm packages', () => {
  it('says what is missing where the cache holds no advisories', async () => {
    await using tree = await rpmHost('var/cache/dnf', { name: 'primary.xml' })
    expect(await updatesOf(tree, ['sh'])).toMatchObject({
      ok: false,
      reason: 'the cache of dnf holds no advisories',
      remedy: expect.stringContaining('sudo dnf makecache'),
    })
  })

  it('says so where rpm does not answer', async () => {
    await using tree = await rpmHost('var/cache/dnf')
    await writeFile(join(tree.tree.root, 'usr/lib/stand-ins/rpm'), '#!/bin/sh\nexit 1\n')
    expect(await updatesOf(tree, ['sh'])).toMatchObject({ ok: false, reason: 'rpm does not list what is installed' })
  })
})
