import { describe, expect, it } from 'vitest'
import { Observer } from '../../src/observe.ts'
import { NotApplicable, Unobserved } from '../../src/outcome.ts'
import type { Probe } from '../../src/probe.ts'
import { hostFact, hostFacts } from '../../src/probes/host.ts'
import { loadTarget } from '../../src/targets/load.ts'
import { Target } from '../../src/targets/target.ts'
import { healthyTree, type TestTree } from '../support/host-tree.ts'
import { testTarget } from '../support/judging.ts'
import { testSession } from '../support/session.ts'

function targetOn({ host }: TestTree, overrides = {}): Target {
  return new Target({ ...testTarget().spec, hosts: { services: host, database: host }, ...overrides })
}

function looking() {
  const accesses: string[] = []
  const observer = new Observer({
    runId: 'run',
    allows: ['read'],
    secrets: {},
    onAccess: ({ address }) => accesses.push(address),
  })
  const look = <T>(probe: Probe<T>) => observer.shared(probe, AbortSignal.timeout(20_000))
  return { accesses, look, close: () => observer.close() }
}

describe('facts of a host', () => {
  it('are simulated where stand-ins answered, with that section’s literal text as evidence', async () => {
    await using tree = await healthyTree()
    const session = testSession()
    const reading = await hostFact(targetOn(tree), 'services', 'swap').read(session)
    expect(reading.value).toEqual({ total: 0, free: 0, swappiness: 10, devices: [] })
    expect(reading.origin).toBe('simulated')
    expect(reading.raw).toContain('swappiness\t10')
    expect(reading.raw).not.toContain('LOG_LEVEL')
    await session.close()
  })

  it('take one round trip for all sections and for all roles of one machine', async () => {
    await using tree = await healthyTree()
    const { accesses, look, close } = looking()
    const target = targetOn(tree)
    const probes = [hostFact(target, 'services', 'os'), hostFact(target, 'database', 'os'), hostFact(target, 'database', 'clock')]
    const observations = await Promise.all(probes.map((probe) => look(probe as Probe<unknown>)))
    expect(observations.map(({ error }) => error)).toEqual([undefined, undefined, undefined])
    expect(new Set(accesses).size).toBe(1)
    expect(accesses.length).toBe(1)
    await close()
  })

  it('are unobserved, with reason and remedy, where a section could not be looked at', async () => {
    await using tree = await healthyTree()
    const session = testSession()
    const target = targetOn(tree, { paths: { ...testTarget().spec.paths, deployLog: 'none' } })
    const looked = hostFact(target, 'services', 'deployLog').read(session)
    await expect(looked).rejects.toThrow(Unobserved)
    await expect(looked).rejects.toThrow(/did not tell its deployLog: the target file says that there is no such log/)
    await session.close()
  })

  it('are unobserved where there is no way to the host', async () => {
    const target = testTarget({
      hosts: { services: { ...loadTarget('this-machine').hosts.services, shell: 'ssh', address: 'deploy@host.test' } as never },
    })
    await expect(hostFacts(target.host('services'), target.spec).read(testSession())).rejects.toThrow(
      /host\.test: the name host\.test does not resolve/,
    )
    expect(hostFact(target, 'services', 'os').access).toMatchObject({
      address: 'ssh:deploy@host.test',
      effect: 'read',
      reproduce: "ssh deploy@host.test 'cat /etc/os-release; uname -a'",
    })
  })

  it('cannot be declared for a role that the target lacks or does not describe', () => {
    expect(() => hostFact(testTarget({ parts: { 'hosts.broker': 'none' } }), 'broker', 'os')).toThrow(NotApplicable)
    expect(() => hostFact(testTarget({ hosts: {} }), 'broker', 'os')).toThrow(Unobserved)
  })
})
