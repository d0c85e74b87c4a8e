import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { HostTree } from '../../../fixtures/host/tree.ts'
import { registeredChecks } from '../../../src/check.ts'
import type { TargetSpec } from '../../../src/targets/schema.ts'
import { healthyTree } from '../../support/host-tree.ts'
import { testTarget } from '../../support/judging.ts'
import { lookWith } from '../../support/looking.ts'
import '../../../suites/preflight/accounts.test.ts'
import '../../../suites/preflight/directories.test.ts'
import '../../../suites/preflight/docker.test.ts'
import '../../../suites/preflight/limits.test.ts'
import '../../../suites/preflight/machine.test.ts'
import '../../../suites/preflight/system.test.ts'

const now = new Date('2026-11-24T12:00:00Z')
/** All but the clock behind the public endpoint: there is none in this test. */
const checks = registeredChecks().filter(({ id }) => id !== 'PRE-19')
function specOf({ root, path, owner, group }: HostTree): TargetSpec {
  const host = { shell: 'local', address: 'localhost', root, path, simulated: true, sudo: false } as const
  const { spec } = testTarget()
  return {
    ...spec,
    hosts: { services: host, database: host, broker: host },
    expect: { ...spec.expect, owner, group, deployUser: 'deployer', dockerGroup: ['deployer'] },
  }
}

async function outcomes(spec: TargetSpec): Promise<Record<string, string>> {
  const results = await lookWith(
    checks,
    { spec, secrets: {}, parts: [], release: {}, notes: [], stop: async () => undefined },
    { now },
  )
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
