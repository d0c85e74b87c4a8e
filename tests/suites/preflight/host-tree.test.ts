import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { HostTree } from '../../../fixtures/host/tree.ts'
import { type Check, registeredChecks } from '../../../src/check.ts'
import { lookWith, type Looked as Result } from '../../../src/falsify/look.ts'
import type { TargetSpec } from '../../../src/targets/schema.ts'
import { healthyTree } from '../../support/host-tree.ts'
import { testTarget } from '../../support/judging.ts'
import '../../../suites/preflight/accounts.test.ts'
import '../../../suites/preflight/backup-storage.test.ts'
import '../../../suites/preflight/certificates.test.ts'
import '../../../suites/preflight/directories.test.ts'
import '../../../suites/preflight/docker.test.ts'
import '../../../suites/preflight/environment.test.ts'
import '../../../suites/preflight/limits.test.ts'
import '../../../suites/preflight/machine.test.ts'
import '../../../suites/preflight/secrets.test.ts'
import '../../../suites/preflight/system.test.ts'

const now = new Date('2026-11-24T12:00:00Z')
/** All but the clock behind the public endpoint: there is none in this test. */
const MACHINE = /(accounts|directories|docker|limits|machine|system)\.test\.ts/
const checks = registeredChecks().filter(({ id, location }) => id !== 'PRE-19' && MACHINE.test(location))
/** Lines that read nothing but the host. */
const hostChecks = registeredChecks().filter(
  ({ id }) => !['PRE-19', 'PRE-58', 'PRE-59', 'PRE-74', 'PRE-75', 'PRE-76', 'PRE-77', 'PRE-102'].includes(id),
)
function specOf({ root, path, owner, group }: HostTree): TargetSpec {
  const host = { shell: 'local', address: 'localhost', root, path, simulated: true, sudo: false } as const
  const { spec } = testTarget()
  return {
    ...spec,
    hosts: { services: host, database: host, broker: host },
    expect: { ...spec.expect, owner, group, deployUser: 'deployer', dockerGroup: ['deployer'] },
  }
}

function look(spec: TargetSpec, lines: readonly Check[]): Promise<Map<string, Result>> {
  const started = { spec, secrets: {}, parts: [], release: {}, notes: [], stop: async () => undefined }
  return lookWith(lines, started, { now })
}

async function outcomes(spec: TargetSpec): Promise<Record<string, string>> {
  const results = await look(spec, checks)
  return Object.fromEntries(
    [...results.values()].map(({ id, outcome, reason }) => [id, outcome === 'passed' ? outcome : `${outcome}: ${reason}`]),
  )
}

describe('the machine half of preflight on a prepared host tree', () => {
  it('passes every line; only what needs a running container stays unobserved', async () => {
    await using healthy = await healthyTree(now)
    const found = await outcomes(specOf(healthy.tree))
    const others = Object.entries(found).filter(([, outcome]) => outcome !== 'passed')
    expect(others).toEqual([['PRE-26', expect.stringMatching(/^unobserved: no container is running/)]])
    expect(Object.keys(found).length).toBe(37)
  })

  it('turns exactly the line of a defect red', async () => {
    await using healthy = await healthyTree(now)
    const { tree } = healthy
    await chmod(join(tree.root, '/opt/omninode_bridge/secrets'), 0o755)
    await writeFile(join(tree.root, '/etc/group'), 'docker:x:998:deployer,intern\n')
    await writeFile(join(tree.root, '/sys/fs/cgroup/user.slice/cpu.max'), '200000 100000\n')
    await writeFile(join(tree.root, '/opt/monitoring/left-open'), '', { mode: 0o666 })
    await chmod(join(tree.root, '/opt/monitoring/left-open'), 0o666)
    const found = await outcomes(specOf(tree))
    const red = Object.entries(found).filter(([, outcome]) => outcome.startsWith('failed'))
    expect(red.map(([id]) => id).sort()).toEqual(['PRE-01', 'PRE-02', 'PRE-03', 'PRE-32', 'PRE-36', 'PRE-37'])
  })
})

/** What is removed, the one line that promises it, and some of those that cannot look for want of it. */
const GONE: readonly (readonly [path: string, promise: string, dependants: readonly string[]])[] = [
  [
    '/opt/omninode_bridge',
    'PRE-33',
    ['PRE-35', 'PRE-36', 'PRE-37', 'PRE-50', 'PRE-52', 'PRE-65', 'PRE-67', 'PRE-101', 'PRE-105'],
  ],
  ['/opt/omninode_bridge/.env.production', 'PRE-50', ['PRE-51', 'PRE-52', 'PRE-54', 'PRE-57', 'PRE-60']],
  ['/opt/omninode_bridge/secrets', 'PRE-65', ['PRE-36', 'PRE-66', 'PRE-67', 'PRE-71', 'PRE-73']],
  ['/opt/omninode_bridge/backups', 'PRE-101', ['PRE-38', 'PRE-103', 'PRE-104', 'PRE-105']],
  ['/etc/ssl/certs/omninode', 'PRE-78', ['PRE-79', 'PRE-80', 'PRE-82', 'PRE-83']],
  ['/etc/docker/daemon.json', 'PRE-24', ['PRE-27']],
]

describe('a thing that is not there at all', () => {
  it.each(GONE)('%s fails %s, and what needs it is unobserved because of it', async (path, promise, dependants) => {
    await using healthy = await healthyTree(now)
    await rm(join(healthy.tree.root, path), { recursive: true })
    const results = await look(specOf(healthy.tree), hostChecks)
    const because = [...results.values()].filter(({ cause }) => cause?.id === `unreachable:local:${healthy.tree.root}:${path}`)
    expect(because.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)).toEqual([promise])
    expect(because.filter(({ outcome }) => outcome === 'unobserved').map(({ id }) => id)).toEqual(
      expect.arrayContaining([...dependants]),
    )
    expect(results.get('PRE-16')?.outcome, 'a line about the host itself').toBe('passed')
    expect(results.get(promise)?.evidence[0]?.raw, 'the literal answer').toMatch(/none\t|^$/)
  })
})
