import { describe, expect, it } from 'vitest'
import { createAuthority } from '../../../src/targets/disposable/certificates.ts'
import { failureOf } from '../../support/failure.ts'
import { judge } from '../../support/judging.ts'
import '../../../suites/maintenance/monthly.test.ts'

describe('MNT-11', () => {
  const answers = (text: string, port = 22) => ({
    engine: { clientVersion: '24.0', daemonJson: { text } },
    listeners: { listeners: [{ address: '0.0.0.0', port, process: '' }] },
  })

  it('passes with the engine’s defaults and with mutual TLS', async () => {
    await judge('MNT-11', answers(''))
    await judge('MNT-11', answers('{"hosts":["unix:///var/run/docker.sock","tcp://0.0.0.0:2376"],"tlsverify":true}'))
  })

  it.each([
    ['an open port', answers('', 2375), '0.0.0.0:2375 is open'],
    ['a TCP host without client certificates', answers('{"hosts":["tcp://0.0.0.0:2376"]}'), 'without tlsverify'],
    ['a registry without TLS', answers('{"insecure-registries":["r:5000"]}'), 'trusts r:5000 without TLS'],
    ['settings that cannot be read', answers('{'), 'daemon.json is no JSON'],
    ['settings of another shape', answers('{"hosts":"tcp://x"}'), 'another shape'],
  ])('fails on %s', async (_, facts, message) => {
    expect(await failureOf(judge('MNT-11', facts))).toMatch(message)
  })
})

describe('MNT-13', () => {
  const disk = (free: number) => ({
    paths: [
      { path: '/', free: 1, mount: '/' },
      { path: '/opt/omninode_bridge/data', free, mount: '/data' },
    ],
  })
  // 7,000 bytes of 1,000 rows, of which 700 are of this week: 700 bytes a day.
  const growth = [{ bytes: 7_000, rows: 1_000, recent: 700 }]

  it('forecasts from the week’s growth', async () => {
    const { measurements } = await judge('MNT-13', { disks: disk(700 * 30), growth })
    expect(measurements).toMatchObject([{ value: 30, unit: 'days', sampleCount: 700 }])
    expect(await failureOf(judge('MNT-13', { disks: disk(700 * 29), growth }))).toMatch('days until /data is full')
  })

  it('never tells infinity, and fails without an answer', async () => {
    const empty = await judge('MNT-13', { disks: disk(1), growth: [{ bytes: 7_000, rows: 0, recent: 0 }] })
    expect(empty.measurements).toMatchObject([{ value: 3_650 }])
    expect(await failureOf(judge('MNT-13', { disks: disk(1), growth: [] }))).toMatch('size and rows')
    expect(await failureOf(judge('MNT-13', { disks: { paths: [] }, growth }))).toMatch('the disk that holds')
  })
})

describe('MNT-14', () => {
  const disk = (free: number, inodesFree: number | null) => ({
    paths: [{ path: '/data', size: 100, free, inodes: inodesFree === null ? null : 100, inodesFree }],
  })

  it('wants a fifth of space and inodes free on every disk', async () => {
    await judge('MNT-14', disk(20, 20))
    await judge('MNT-14', disk(20, null))
    expect(await failureOf(judge('MNT-14', disk(19, 20)))).toMatch(/19 % of the space/)
    expect(await failureOf(judge('MNT-14', disk(20, 19)))).toMatch(/19 % of the inodes/)
    expect(await failureOf(judge('MNT-14', { paths: [] }))).toMatch('disks')
    await expect(judge('MNT-14', { paths: [{ path: '/x', size: 0, free: 0, inodes: null, inodesFree: null }] })).rejects.toThrow(
      /NaN/,
    )
  })
})

describe('MNT-17', async () => {
  const NOW = new Date('2026-11-24T12:00:00Z')
  const inDays = (days: number) => new Date(NOW.getTime() + days * 86_400_000)
  const authority = await createAuthority({ name: 'test', now: NOW })
  const place = '/etc/ssl/certs/omninode'
  const issue = async (days: number) =>
    (await authority.issue({ names: ['hooks.example.test'], notAfter: inDays(days) })).certificate
  const facts = async (days: number, ca = authority.certificate) => {
    const leaf = await issue(days)
    const names = ['hook-receiver.crt', 'model-metrics.crt', 'workflow-coordinator.crt']
    const files = [...names.map((name) => [name, leaf] as const), ['ca-cert.pem', ca] as const]
    return { files: files.map(([name, pem]) => ({ entry: { path: `${place}/${name}` }, pem })) }
  }

  it('wants 45 days of every service certificate, and measures the nearest', async () => {
    const { measurements } = await judge('MNT-17', await facts(46), { now: NOW })
    expect(measurements).toMatchObject([{ unit: 'days', sampleCount: 4 }])
    expect(await failureOf(judge('MNT-17', await facts(44), { now: NOW }))).toMatch(/model-metrics\.crt: 4[34] days left/)
  })

  it('wants 90 days of the CA, and the CA at all', async () => {
    expect(await failureOf(judge('MNT-17', await facts(60, await issue(80)), { now: NOW }))).toMatch(
      /ca-cert\.pem: (79|80) days left/,
    )
    expect(await failureOf(judge('MNT-17', await facts(60, 'nothing'), { now: NOW }))).toMatch(/ca-cert\.pem/)
  })

  it('is unobserved where there is no certificate', async () => {
    await expect(judge('MNT-17', { files: [] }, { now: NOW })).rejects.toMatchObject({ name: 'Unobserved' })
  })
})
