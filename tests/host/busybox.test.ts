import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { collect } from '../../src/host/collect.ts'
import type { HostFacts, SectionName } from '../../src/host/facts.ts'
import { localShell } from '../../src/host/local.ts'
import { healthyTree } from '../support/host-tree.ts'
import { testTarget } from '../support/judging.ts'

const { spec } = testTarget()
const busybox = spawnSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).stdout.trim()
const CAN = busybox !== '' && spawnSync('unshare', ['--mount', 'true']).status === 0 && process.getuid?.() === 0

/** What such a host has no command for, and says so. */
const CANNOT: readonly SectionName[] = ['keys', 'firewall']

/** PostgreSQL on loopback, as /proc/net/tcp has it. */
const SOCKETS = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   999        0 23456 1 0000000000000000 100 0 0 10 0
`

/** With the devices of this machine, in a namespace that ends with the shell. */
const ENTER = 'mount --bind /dev "$0/dev" && exec chroot "$0" /bin/sh -s'

describe.skipIf(!CAN)('a host that has nothing but busybox (needs busybox, and root for a root of its own)', () => {
  it('tells what its own commands can tell, as Alpine does, and what it lacks', async () => {
    await using tree = await healthyTree()
    const { root } = tree.tree
    await onlyBusybox(root)
    const host = { ...tree.host, root: '', path: '/bin' }
    const { facts } = await collect(localShell(), host, spec, AbortSignal.timeout(25_000), {
      shell: ['unshare', '--mount', 'sh', '-c', ENTER, root],
    })
    expect(missing(facts)).toEqual([])
    expect(facts.updates).toMatchObject({ facts: { manager: 'apk', pending: ['musl-1.2.5-r0'], security: null } })
    expect(facts.engine).toMatchObject({ facts: { clientVersion: '' } })
    expect(facts.machine).toMatchObject({ facts: { memory: 65_842_120 * 1_024 } })
    expect(facts.listeners).toMatchObject({ facts: { listeners: [{ port: 5_432 }] } })
    expect(facts.reboot).toMatchObject({ facts: { required: false } })
  })
})

function missing(facts: HostFacts): string[] {
  return Object.entries(facts).flatMap(([name, fact]) =>
    fact.ok || CANNOT.some((one) => one === name) ? [] : [`${name}: ${fact.reason}`],
  )
}

/** Makes of a tree the root of a host with busybox, its libraries, and apk as Alpine 3.20 answers. */
async function onlyBusybox(root: string): Promise<void> {
  const bin = path.join(root, 'bin')
  await rm(bin, { recursive: true, force: true })
  await mkdir(bin, { recursive: true })
  const libraries = execFileSync('ldd', [busybox], { encoding: 'utf8' }).match(/\/\S+/g) ?? []
  for (const library of libraries) await cp(library, path.join(root, library), { dereference: true, recursive: true })
  await cp(busybox, path.join(bin, 'busybox'), { dereference: true })
  execFileSync('chroot', [root, '/bin/busybox', '--install', '-s', '/bin'])
  await writeFile(path.join(bin, 'apk'), "#!/bin/sh\necho 'Installed:   Available:'\necho 'musl-1.2.5-r0 < 1.2.5-r1'\n")
  await chmod(path.join(bin, 'apk'), 0o755)
  await mkdir(path.join(root, 'lib/apk/db'), { recursive: true })
  await mkdir(path.join(root, 'proc/net'), { recursive: true })
  await writeFile(path.join(root, 'proc/net/tcp'), SOCKETS)
  // Alpine names its kernel image by its flavour.
  await rm(path.join(root, 'boot'), { recursive: true, force: true })
  const release = execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim()
  await mkdir(path.join(root, 'lib/modules', release), { recursive: true })
  await mkdir(path.join(root, 'dev'), { recursive: true })
}
