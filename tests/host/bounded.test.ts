import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { collect } from '../../src/host/collect.ts'
import { localShell } from '../../src/host/local.ts'
import { healthyTree } from '../support/host-tree.ts'
import { testTarget } from '../support/judging.ts'

const { spec } = testTarget()
const LIMIT_MS = 40_000
/** A filesystem whose server takes every request and answers none, in a namespace that ends with the shell. */
const DEAD_MOUNT = `
import ctypes, os, subprocess, sys
fuse = os.open('/dev/fuse', os.O_RDWR)
options = 'fd=%d,rootmode=40000,user_id=0,group_id=0' % fuse
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b'nas', sys.argv[1].encode(), b'fuse', 0, options.encode()) != 0: sys.exit('mount: %d' % ctypes.get_errno())
sys.exit(subprocess.run(['sh', '-s'], pass_fds=[]).returncode)
`
const CAN_MOUNT =
  process.getuid?.() === 0 &&
  existsSync('/dev/fuse') &&
  spawnSync('unshare', ['--mount', 'python3', '-c', "open('/dev/fuse', 'rb+', 0)"]).status === 0

describe('a host on which something has no end', () => {
  it.skipIf(!CAN_MOUNT)(
    'loses the facts of a mount that does not answer, and no others (needs root, FUSE and python3)',
    async () => {
      await using tree = await healthyTree()
      const { root } = tree.tree
      const place = path.join(root, spec.paths.backups)
      await appendFile(path.join(root, 'proc/mounts'), `nas:/backups ${spec.paths.backups} nfs4 rw 0 0\n`)
      const shell = ['unshare', '--mount', 'python3', '-c', DEAD_MOUNT, place]
      const { facts } = await collect(localShell(), tree.host, spec, AbortSignal.timeout(LIMIT_MS), { shell })
      const missing = Object.entries(facts).flatMap(([name, fact]) => (fact.ok ? [] : [`${name}: ${fact.reason}`]))
      const reason = `the mount ${spec.paths.backups} does not answer`
      expect(missing).toEqual(['disks', 'directories', 'backups'].map((name) => `${name}: ${reason}`))
    },
    LIMIT_MS,
  )

  it(
    'tells the end of a log of 50 GB, and what lies in a directory of 100,000 files, in bounded time and size',
    async () => {
      await using tree = await healthyTree()
      const { root } = tree.tree
      const log = path.join(root, spec.paths.deployLog)
      await writeFile(log, '')
      await truncate(log, 50e9)
      await appendFile(log, '\nthe last line\n')
      const logs = path.join(root, spec.paths.application, 'logs/many')
      await mkdir(logs, { recursive: true })
      execFileSync('sh', ['-c', 'seq 100000 | xargs touch'], { cwd: logs })
      const start = performance.now()
      const { facts, text } = await collect(localShell(), tree.host, spec, AbortSignal.timeout(LIMIT_MS))
      expect(performance.now() - start).toBeLessThan(LIMIT_MS)
      expect(text.length).toBeLessThan(2e6)
      expect(facts.deployLog.ok ? facts.deployLog.facts.tail.slice(-20) : '').toContain('the last line')
      expect(facts.logs.ok).toBe(true)
    },
    LIMIT_MS * 2,
  )

  it('does not wait for a pipe that nobody writes to', async () => {
    await using tree = await healthyTree()
    const file = path.join(tree.tree.root, spec.paths.envFile)
    execFileSync('sh', ['-c', 'rm -f "$0" && mkfifo "$0"', file])
    const { facts } = await collect(localShell(), tree.host, spec, AbortSignal.timeout(LIMIT_MS))
    expect(facts.envFile.ok).toBe(true)
    expect(facts.composeFile.ok).toBe(true)
  })

  it('keeps what had come when the time is up', async () => {
    await using tree = await healthyTree()
    await writeFile(path.join(tree.tree.root, 'usr/lib/stand-ins/timedatectl'), '#!/bin/sh\nexec sleep 30\n', { mode: 0o755 })
    await writeFile(path.join(tree.tree.root, 'usr/lib/stand-ins/timeout'), '#!/bin/sh\nshift 3\nexec "$@"\n', { mode: 0o755 })
    const { facts } = await collect(localShell(), tree.host, spec, AbortSignal.timeout(LIMIT_MS), { timeoutMs: 3_000 })
    expect(facts.account.ok).toBe(true)
    expect(facts.machine).toMatchObject({
      ok: false,
      cause: { id: 'unreachable:local', text: expect.stringContaining('3000 ms') },
    })
  })
})
