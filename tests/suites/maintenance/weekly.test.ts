import { describe, expect, it } from 'vitest'
import { Unobserved } from '../../../src/outcome.ts'
import { parseExposition } from '../../../src/probes/exposition.ts'
import { failureOf } from '../../support/failure.ts'
import { judge, testTarget } from '../../support/judging.ts'
import '../../../suites/maintenance/weekly.test.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const GIB = 1024 ** 3
const MIB = 1024 ** 2

describe('MNT-02', () => {
  const logs = (size: number | null, file: number) => ({ size, files: [{ path: '/logs/app.log', size: file, modified: 0 }] })

  it('bounds the directory and each file', async () => {
    await judge('MNT-02', logs(5 * GIB, 500 * MIB))
    expect(await failureOf(judge('MNT-02', logs(5 * GIB + MIB, 0)))).toMatch('GiB of logs')
    expect(await failureOf(judge('MNT-02', logs(GIB, 501 * MIB)))).toMatch(/app\.log: 501 MiB/)
  })

  it('is unobserved where there is no log directory', async () => {
    await expect(judge('MNT-02', { size: null, files: [] })).rejects.toMatchObject({
      name: 'Unobserved',
      message: expect.stringContaining('/logs is not there'),
    })
  })
})

describe('MNT-03', () => {
  const rule = (body: string) => `/opt/omninode_bridge/logs/*.log {\n${body}\n}\n`
  const logs = (text: string, logrotateInstalled = true) => ({
    logrotateInstalled,
    rotation: [{ path: '/etc/logrotate.d/x', text }],
  })

  it('wants a rule of our directory that rotates and is bounded', async () => {
    await judge('MNT-03', logs(rule('  weekly\n  rotate 8')))
    await judge('MNT-03', logs(rule('  maxsize 100M\n  maxage 30')))
    expect(await failureOf(judge('MNT-03', logs(rule('  rotate 8\n  # weekly'))))).toMatch(/neither how often/)
    expect(await failureOf(judge('MNT-03', logs(rule('  daily'))))).toMatch(/without bound/)
    expect(await failureOf(judge('MNT-03', logs('/var/log/other.log {\n  weekly\n  rotate 4\n}')))).toMatch(/logrotate\.d/)
    expect(await failureOf(judge('MNT-03', logs(rule('  weekly\n  rotate 8'), false)))).toMatch('installed')
    expect(await failureOf(judge('MNT-03', { logrotateInstalled: true, rotation: [] }))).toMatch('')
  })
})

describe('MNT-05', () => {
  const seconds = NOW.getTime() / 1_000
  const updates = (security: string[] | null, ageDays: number | null) => ({
    manager: 'apt',
    pending: ['tzdata'],
    security,
    listsModified: ageDays === null ? null : seconds - ageDays * 86_400,
  })

  it('passes on fresh lists without a security update, and fails on one, by old lists too', async () => {
    await judge('MNT-05', updates([], 7), { now: NOW })
    expect(await failureOf(judge('MNT-05', updates(['openssl'], 1), { now: NOW }))).toMatch(/openssl/)
    expect(await failureOf(judge('MNT-05', updates(['openssl'], 30), { now: NOW }))).toMatch(/openssl/)
  })

  it('is unobserved where the lists are old or of unknown age, or the manager does not tell', async () => {
    for (const facts of [updates([], 8), updates([], null), updates(null, 1)])
      await expect(judge('MNT-05', facts, { now: NOW })).rejects.toThrow(Unobserved)
  })
})

describe('MNT-06', () => {
  const A = 'a'.repeat(64)
  const B = 'b'.repeat(64)
  const target = testTarget()
  const reviewed = testTarget({
    expect: { ...target.spec.expect, reviewed: { '/p/prometheus.yml': A, '/p/rules/critical.yml': B } },
  })
  const file = (path: string, sha256: string, exists = true) => ({ path, sha256, exists })
  const answers = (rules: unknown[], hash = A) => ({ configuration: file('/p/prometheus.yml', hash), rules: { files: rules } })

  it('passes where every file is as reviewed', async () => {
    await judge('MNT-06', answers([file('/p/rules/critical.yml', B)]), { target: reviewed })
  })

  it('fails on a changed, an unreviewed and a missing file', async () => {
    expect(await failureOf(judge('MNT-06', answers([file('/p/rules/critical.yml', B)], B), { target: reviewed }))).toMatch(
      /prometheus\.yml/,
    )
    const extra = [file('/p/rules/critical.yml', B), file('/p/rules/new.yml', B)]
    expect(await failureOf(judge('MNT-06', answers(extra), { target: reviewed }))).toMatch(/new\.yml/)
    expect(await failureOf(judge('MNT-06', answers([]), { target: reviewed }))).toMatch(/gone/)
  })

  it('is unobserved where nothing was ever reviewed', async () => {
    await expect(judge('MNT-06', answers([]), { target })).rejects.toThrow(Unobserved)
  })
})

describe('MNT-08', () => {
  const NAME = 'alertmanager_notifications_failed_total'
  const metrics = (value: number) => parseExposition(`# TYPE ${NAME} counter\n${NAME}{integration="slack"} ${value}\n`)

  it('wants no failed notification, and names the integration', async () => {
    await judge('MNT-08', metrics(0))
    expect(await failureOf(judge('MNT-08', metrics(3)))).toMatch(/slack.*3/)
  })

  it('fails where Alertmanager exports no such metric, or none at all', async () => {
    expect(await failureOf(judge('MNT-08', parseExposition('# TYPE other gauge\nother 1\n')))).toMatch(NAME.slice(0, 30))
    expect(await failureOf(judge('MNT-08', { ok: false, problem: 'answered 404' }))).toMatch(/404/)
  })
})
