import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registeredChecks } from '../../../src/check.ts'
import { lookWith } from '../../../src/falsify/look.ts'
import type { Report } from '../../../src/report/model.ts'
import type { EmbeddedTarget } from '../../../src/targets/embedded/index.ts'
import type { TargetSpec } from '../../../src/targets/schema.ts'
import { type CliRun, gone, printedLine, runCli } from '../../support/run-cli.ts'
import { SSHD, startSshd, type TestSshd, type Wire, wireTo } from '../../support/sshd.ts'
import { openEmbedded } from '../embedded/support.ts'
import '../../../suites/preflight/accounts.test.ts'
import '../../../suites/preflight/backup-storage.test.ts'
import '../../../suites/preflight/cdn.test.ts'
import '../../../suites/preflight/certificates.test.ts'
import '../../../suites/preflight/directories.test.ts'
import '../../../suites/preflight/dns.test.ts'
import '../../../suites/preflight/docker.test.ts'
import '../../../suites/preflight/environment-in-force.test.ts'
import '../../../suites/preflight/environment.test.ts'
import '../../../suites/preflight/limits.test.ts'
import '../../../suites/preflight/machine.test.ts'
import '../../../suites/preflight/network.test.ts'
import '../../../suites/preflight/secrets.test.ts'
import '../../../suites/preflight/system.test.ts'

describe.skipIf(SSHD === undefined)('a live target over ssh (needs sshd)', () => {
  let directory: string
  let embedded: { readonly target: EmbeddedTarget; close(): Promise<void> }
  let sshd: TestSshd
  let wire: Wire

  beforeAll(async () => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'live-'))
    sshd = await startSshd()
    wire = await wireTo(sshd.port)
    embedded = await openEmbedded()
  })
  afterAll(async () => {
    await embedded.close()
    await wire[Symbol.asyncDispose]()
    await sshd[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
  })

  /** A target file for the embedded target as if it were a host elsewhere: everything inner goes through ssh. */
  function targetFile(change: Partial<TargetSpec> = {}, address = 'web'): string {
    const { spec, secrets } = embedded.target
    const sshConfig = sshd.config(`${sshd.entry('web', [`Port ${wire.port}`])}${sshd.entry('shut', ['Port 1'])}`)
    const over = { shell: 'ssh', address, sshConfig } as const
    const secret = (name: string): { file: string } => {
      const file = path.join(directory, name)
      writeFileSync(file, secrets[name] ?? '')
      return { file }
    }
    const { postgres } = spec
    const live = {
      ...spec,
      name: 'live-test',
      kind: 'live',
      allow: ['read', 'synthetic-write'],
      hosts: Object.fromEntries(Object.entries(spec.hosts).map(([role, host]) => [role, { ...host, ...over }])),
      reach: { through: 'services' },
      apiKey: secret('apiKey'),
      ...(postgres === undefined ? {} : { postgres: { ...postgres, password: secret('postgres.password') } }),
      ...change,
    }
    const file = path.join(directory, `${crypto.randomUUID()}.yaml`)
    writeFileSync(file, JSON.stringify(live))
    return file
  }

  async function finished(run: CliRun): Promise<Report> {
    await run.ended
    await gone(run)
    return run.report()
  }

  it('ends every line of preflight as on the machine itself, over one connection', async () => {
    const before = wire.connections()
    using run = runCli([`--target=${targetFile()}`, '--suite=preflight'])
    const report = await finished(run)
    expect(wire.connections() - before).toBe(1)
    const checks = registeredChecks().filter(({ location }) => location.startsWith('suites/preflight/'))
    const there = await lookWith(checks, embedded.target)
    const here = new Map(report.checks.map((entry) => [entry.id, entry]))
    const differences = [...there.values()].flatMap(({ id, outcome, reason }) => {
      const entry = here.get(id)
      return entry?.outcome === outcome ? [] : [`${id}: ${outcome} there (${reason}), ${entry?.outcome} here (${entry?.reason})`]
    })
    expect(differences).toEqual([])
    expect([...there.values()].filter(({ outcome }) => outcome === 'passed').length).toBeGreaterThan(60)
    expect(report.target.hosts).toEqual(
      Object.keys(embedded.target.spec.hosts).map((role) => ({
        role,
        account: `ssh web: ${os.userInfo().username}@127.0.0.1:${wire.port}`,
        hostKey: `ssh-ed25519 ${sshd.fingerprint}`,
      })),
    )
    const addresses = report.target.connections.map(({ address }) => address)
    expect(addresses).toContain(`127.0.0.1:${embedded.target.spec.postgres?.port} (through ssh web)`)
  })

  it('reports a host that cannot be reached as one cause, and asks nothing inner of the machine of the operator', async () => {
    using run = runCli([`--target=${targetFile({}, 'shut')}`, '--check=PRE-01,PRE-16,POST-01,POST-02,POST-03,DEP-40'])
    const report = await finished(run)
    const unobserved = report.checks.filter(({ outcome }) => outcome === 'unobserved')
    expect(unobserved.map(({ id }) => id)).toEqual(expect.arrayContaining(['PRE-01', 'PRE-16']))
    expect([...new Set(unobserved.map(({ cause }) => cause?.id))]).toEqual(['unreachable:ssh:shut'])
    expect(unobserved[0]?.reason).toMatch(/nothing listens on 127\.0\.0\.1 port 1/)
    expect(report.run.exitCode).toBe(3)
  })

  it('keeps what was seen before the connection was lost; the rest has that one cause', async () => {
    using run = runCli([`--target=${targetFile()}`, '--suite=preflight,deploy,postdeploy'])
    await printedLine(run, /PRE-\d+ passed/)
    wire.cut()
    const report = await finished(run)
    expect(report.counts.passed).toBeGreaterThan(0)
    const lost = report.checks.filter(({ cause }) => cause?.id === 'unreachable:ssh:web')
    expect(lost.length).toBeGreaterThan(0)
    expect(lost.filter(({ outcome }) => outcome !== 'unobserved')).toEqual([])
    expect(report.checks.filter(({ outcome }) => outcome === 'failed').map(({ id, reason }) => `${id}: ${reason}`)).toEqual([])
  })

  it.each(['SIGINT', 'SIGKILL'] as const)('leaves no ssh process behind on %s', async (signal) => {
    using run = runCli([`--target=${targetFile()}`, '--suite=preflight'])
    await expect.poll(() => run.leftProcesses().some(({ command }) => / -M -S /.test(command)), { timeout: 60_000 }).toBe(true)
    run.child.kill(signal)
    await finished(run)
  })
})
