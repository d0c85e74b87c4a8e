import { describe, expect, it } from 'vitest'
import { parseCompose } from '../../../src/probes/compose.ts'
import type { ContainerFacts } from '../../../src/probes/docker.ts'
import { container, containers } from '../../support/containers.ts'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import '../../../suites/deploy/before.test.ts'
import '../../../suites/deploy/finish.test.ts'
import '../../../suites/deploy/infrastructure.test.ts'
import '../../../suites/deploy/release.test.ts'
import '../../../suites/deploy/services.test.ts'

const PRODUCT = ['hook-receiver', 'model-metrics', 'workflow-coordinator']
const MONITORING = ['prometheus', 'alertmanager', 'grafana']
const EXPORTERS = ['postgres-exporter', 'redis-exporter', 'kafka-exporter', 'node-exporter', 'cadvisor']
const all = containers([...PRODUCT, ...MONITORING, ...EXPORTERS, 'nginx', 'postgres', 'redis'])
/** All of them, the first one with a defect. */
const sick = (changes: Partial<ContainerFacts>, service = 'hook-receiver') =>
  all.map((own) => (own.service === service ? { ...own, ...changes } : own))
const without = (service: string) => all.filter((own) => own.service !== service)

const SIMPLE = ['DEP-05', 'DEP-60', 'DEP-61', 'DEP-63', 'DEP-64', 'DEP-65', 'DEP-75', 'DEP-76', 'DEP-77']

describe('lines on the containers of the project', () => {
  it.each(SIMPLE)('%s passes on healthy ones', async (id) => {
    await judge(id, all)
  })

  it.each(SIMPLE)('%s fails where there are none', async (id) => {
    await expect(judge(id, [])).rejects.toThrow()
  })

  it.each([
    ['DEP-05', sick({ isRestarting: true, status: 'restarting' }), /bridge-hook-receiver-1: restarting/],
    ['DEP-05', sick({ isOomKilled: true, status: 'exited', exitCode: 137 }), /exit code 137/],
    [
      'DEP-05',
      sick({ restartCount: 4, startedAt: new Date(Date.now() - 9_000).toISOString() }),
      /bridge-hook-receiver-1: running/,
    ],
    ['DEP-60', without('model-metrics'), /model-metrics has no container/],
    ['DEP-60', sick({ health: 'unhealthy', healthOutput: 'connection refused' }), /unhealthy: connection refused/],
    ['DEP-60', sick({ health: 'starting' }), /starting/],
    ['DEP-60', sick({ status: 'exited', exitCode: 1 }), /exited \(exit code 1\)/],
    ['DEP-61', sick({ restartCount: 3 }), /3 times/],
    ['DEP-63', sick({ memoryLimit: 0 }), /all memory/],
    ['DEP-63', sick({ cpuLimit: 0 }), /all processors/],
    ['DEP-64', sick({ isPrivileged: true }), /is privileged/],
    ['DEP-64', sick({ capabilities: ['SYS_ADMIN'] }), /SYS_ADMIN/],
    ['DEP-64', sick({ mounts: [{ source: '/var/run/docker.sock', target: '/x', isWritable: true }] }), /socket of the engine/],
    ['DEP-65', sick({ logOptions: {} }), /unlimited × 1/],
    ['DEP-65', sick({ logDriver: 'syslog' }), /syslog/],
    ['DEP-75', without('alertmanager'), /alertmanager has no container/],
    ['DEP-76', without('kafka-exporter'), /kafka-exporter has no container/],
    ['DEP-77', sick({ status: 'created' }, 'nginx'), /nginx-1 is created/],
  ])('%s fails, naming the container', async (id, found, problem) => {
    expect(await failureOf(judge(id, found))).toMatch(problem)
  })

  it('DEP-05 takes for well what has run for some time since it was restarted', async () => {
    await judge('DEP-05', sick({ restartCount: 4, startedAt: new Date(Date.now() - 11_000).toISOString() }))
  })

  it('DEP-64 lets those see the host that the target file allows', async () => {
    await judge('DEP-64', sick({ pidMode: 'host' }, 'node-exporter'))
    expect(await failureOf(judge('DEP-64', sick({ pidMode: 'host' }, 'nginx')))).toMatch(/nginx-1 sees the host/)
  })

  it('DEP-77 and DEP-78 are skipped where the target has no nginx', async () => {
    const target = testTarget({ parts: { nginx: 'none' } })
    for (const id of ['DEP-77', 'DEP-78'])
      await expect(judge(id, [], { target })).rejects.toMatchObject({ name: 'NotApplicable' })
  })
})

describe('lines that lay containers and compose file side by side', () => {
  const compose = parseCompose(`services:
  postgres: { image: p }
  redis: { image: r }
  hook-receiver: { image: h, env_file: .env, depends_on: [postgres], environment: { MODE: "\${MODE}", ENVIRONMENT: staging } }
  model-metrics: { image: m, env_file: .env }
  workflow-coordinator: { image: w, env_file: .env }
`)
  const running = containers(['postgres', 'redis', ...PRODUCT])
  const file = { path: '/.env', exists: true, text: 'ENVIRONMENT=production\nMODE=fast\nSECRET_NAME=s\n' }
  const environmentNames = ['ENVIRONMENT', 'MODE', 'SECRET_NAME']
  const inEnvironment = (environment: Record<string, string>, names = environmentNames) =>
    running.map((own) => {
      if (own.service === 'hook-receiver') return { ...own, environmentNames: names, environment }
      return { ...own, environmentNames, environment: { ENVIRONMENT: 'production', MODE: 'fast' } }
    })

  it('DEP-62 compares what may be shown, and of the rest only that it is set', async () => {
    await judge('DEP-62', { containers: inEnvironment({ ENVIRONMENT: 'staging', MODE: 'fast' }), compose, file })
    const other = inEnvironment({ ENVIRONMENT: 'production', MODE: 'fast' })
    expect(await failureOf(judge('DEP-62', { containers: other, compose, file }))).toMatch(
      /ENVIRONMENT=production, the files say staging/,
    )
    const lacking = inEnvironment({ ENVIRONMENT: 'staging' }, ['ENVIRONMENT', 'MODE'])
    expect(await failureOf(judge('DEP-62', { containers: lacking, compose, file }))).toMatch(/lacks SECRET_NAME/)
    await expect(judge('DEP-62', { containers: [], compose, file: { ...file, text: '' } })).rejects.toThrow()
  })

  it('DEP-57 wants what the services depend on to run', async () => {
    await judge('DEP-57', { containers: running, compose })
    expect(await failureOf(judge('DEP-57', { containers: running.slice(1), compose }))).toMatch(/postgres has no container/)
    await expect(judge('DEP-57', { containers: running, compose: parseCompose('services: {}') })).rejects.toThrow()
  })

  it('DEP-70 compares the times of start', async () => {
    await judge('DEP-70', { containers: running, compose })
    const late = running.map((own) => (own.service === 'postgres' ? { ...own, startedAt: '2027-01-01T00:00:00Z' } : own))
    expect(await failureOf(judge('DEP-70', { containers: late, compose }))).toMatch(/hook-receiver was started before postgres/)
    await expect(judge('DEP-70', { containers: [], compose })).rejects.toThrow()
  })

  it('DEP-72 finds what is missing and what is left over', async () => {
    await judge('DEP-72', { containers: running, compose })
    expect(await failureOf(judge('DEP-72', { containers: running.slice(1), compose }))).toMatch(/postgres/)
    expect(await failureOf(judge('DEP-72', { containers: [...running, container('old-service')], compose }))).toMatch(
      /bridge-old-service-1/,
    )
  })

  it('DEP-04 wants every image from the store or from its registry', async () => {
    const found = (from: string) => [{ image: 'a:1', from, detail: from === 'nowhere' ? 'manifest unknown' : '' }]
    await judge('DEP-04', [...found('store'), ...found('registry')])
    expect(await failureOf(judge('DEP-04', found('nowhere')))).toMatch(/a:1: manifest unknown/)
    await failureOf(judge('DEP-04', []))
  })
})

describe('DEP-20, the release is whole', () => {
  const digest = `sha256:${'b'.repeat(64)}`
  const target = (wanted: string) =>
    testTarget({ release: { services: { 'hook-receiver': wanted }, reversible: [], restoreOnly: [] } })

  it('passes by digest and by tag', async () => {
    await judge('DEP-20', all, { target: target(digest) })
    await judge('DEP-20', all, { target: target('1.2.3') })
  })

  it('fails on another image and on a missing container', async () => {
    expect(await failureOf(judge('DEP-20', all, { target: target(`sha256:${'d'.repeat(64)}`) }))).toMatch(/not sha256:ddd/)
    expect(await failureOf(judge('DEP-20', all, { target: target('1.2.4') }))).toMatch(/not 1\.2\.4/)
    expect(await failureOf(judge('DEP-20', [], { target: target(digest) }))).toMatch(/has no container/)
  })

  it('wants no container of what migrates the schema and is gone then', async () => {
    const compose = { file: '/c', envFile: '/e', project: 'p', services: [], migrations: 'migrate' }
    const release = { services: { 'hook-receiver': digest, migrate: digest }, reversible: [], restoreOnly: [] }
    await judge('DEP-20', all, { target: testTarget({ release, compose }) })
    expect(await failureOf(judge('DEP-20', all, { target: testTarget({ release }) }))).toMatch(/migrate has no container/)
  })

  it('is unobserved where nobody said what should run', async () => {
    await expect(judge('DEP-20', all)).rejects.toMatchObject({ name: 'Unobserved' })
  })
})

describe('DEP-78, nginx -t', () => {
  it('passes on its approval and fails on a complaint, even where nginx would start', async () => {
    await judge('DEP-78', { exitCode: 0, output: 'nginx: configuration file /etc/nginx/nginx.conf test is successful\n' })
    const output = 'nginx: [warn] conflicting server name "hooks" on 0.0.0.0:443, ignored\n'
    expect(await failureOf(judge('DEP-78', { exitCode: 0, output }))).toMatch(/conflicting/)
    expect(await failureOf(judge('DEP-78', { exitCode: 1, output: '' }))).toMatch(/exit code/)
  })
})
