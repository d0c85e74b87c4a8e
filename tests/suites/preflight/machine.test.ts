import { describe, expect, it } from 'vitest'
import '../../../suites/preflight/accounts.test.ts'
import '../../../suites/preflight/directories.test.ts'
import '../../../suites/preflight/docker.test.ts'
import '../../../suites/preflight/limits.test.ts'
import '../../../suites/preflight/machine.test.ts'
import '../../../suites/preflight/system.test.ts'
import type { HostSpec } from '../../../src/targets/schema.ts'
import { judge, testTarget } from '../../support/judging.ts'

const host = (address: string): HostSpec => ({ shell: 'ssh', address, root: '', simulated: false, sudo: false })
/** One machine for each role. */
const three = testTarget({ hosts: { services: host('a'), database: host('b'), broker: host('c') } })
/** One machine for all roles. */
const one = testTarget({ hosts: { services: host('a'), database: host('a'), broker: host('a') } })
const now = new Date('2026-11-24T12:00:00Z')

const run = (id: string, answers: unknown, target = three) => judge(id, answers, { target, now })
const passes = (id: string, answers: unknown, target = three) => expect(run(id, answers, target)).resolves.toBeDefined()
/** What an AssertionError says: its message and what it received, as the report shows both. */
async function fails(id: string, answers: unknown, text: RegExp, target = three): Promise<void> {
  const error: unknown = await run(id, answers, target).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ name: 'AssertionError' })
  const { message, actual } = error as { message: string; actual: unknown }
  expect(`${message} ${JSON.stringify(actual)}`).toMatch(text)
}
const cannotTell = (id: string, answers: unknown, text: RegExp, target = three) =>
  expect(run(id, answers, target)).rejects.toMatchObject({ name: 'Unobserved', message: expect.stringMatching(text) })
/** The same answer of each of three machines. */
const thrice = (answer: unknown): unknown[] => [answer, answer, answer]

const machine = (cores: number, gigabytes: number) => ({
  onlineCores: cores,
  quotaCores: null,
  cores,
  memoryTotal: gigabytes * 1e9,
  memoryLimit: null,
  memory: gigabytes * 1e9,
  memoryAvailable: null,
  virtualization: '',
})
const disk = (over: object = {}) => ({
  path: '/opt',
  exists: true,
  measured: '/opt',
  device: '/dev/sda1',
  type: 'ext4',
  mount: '/',
  size: 100e9,
  free: 50e9,
  inodes: 1000,
  inodesFree: 500,
  rotational: false,
  rotationalReason: '',
  ...over,
})
const disks = (...paths: object[]) => ({ paths: paths.map(disk) })

describe('processor cores, memory and disks', () => {
  it('are judged by role', async () => {
    await passes('PRE-01', machine(8, 16))
    await fails('PRE-01', machine(7, 16), /expected 7 to be greater than or equal to 8/)
    await passes('PRE-02', machine(4, 8))
    await fails('PRE-03', machine(1, 4), /equal to 2/)
    await passes('PRE-05', machine(4, 8))
    await fails('PRE-04', machine(8, 15.9), /expected 15.9 to be greater than or equal to 16/)
    await passes('PRE-07', disks({}, { path: '/var/lib/docker' }))
    await fails('PRE-07', disks({ size: 99e9 }, { path: '/var/lib/docker', size: 99e9 }), /expected 99 /)
    await passes('PRE-08', disks({ size: 25e9 }, { device: '/dev/sdb', mount: '/data', size: 25e9 }))
    await fails('PRE-09', disks(), /no file system/)
  })

  it('add up where one machine plays several roles', async () => {
    await fails('PRE-01', machine(13, 28), /equal to 14/, one)
    await passes('PRE-06', machine(14, 28), one)
    await fails('PRE-09', disks({ size: 169e9 }), /equal to 170/, one)
  })
})

describe('file systems', () => {
  it('have room on every host', async () => {
    await passes('PRE-10', thrice(disks({})))
    await fails('PRE-10', [disks({}), disks({}), disks({ free: 19e9 })], /broker host: 19.0 % of \/ is free/)
    await fails('PRE-10', thrice(disks()), /what was looked at/)
    await passes('PRE-11', thrice(disks({ inodes: null, inodesFree: null })))
    await fails('PRE-11', thrice(disks({ inodesFree: 99 })), /9.9 % of the inodes/)
  })

  it('lie on solid-state disks, as far as anybody can tell', async () => {
    await passes('PRE-12', thrice(disks({})))
    await fails('PRE-12', [disks({ rotational: true }), disks({ rotational: null }), disks({})], /a rotating disk/)
    await cannotTell(
      'PRE-12',
      thrice(disks({ rotational: null, rotationalReason: 'vda is a virtual disk' })),
      /vda is a virtual disk/,
    )
  })
})

describe('links and swap', () => {
  const link = (speed: number | null) => ({ links: [{ name: 'eth0', state: 'up', speed, defaultRoute: true, virtual: false }] })

  it('are fast enough, too slow, or do not tell', async () => {
    await passes('PRE-13', thrice(link(1000)))
    await fails('PRE-13', thrice(link(100)), /link eth0 runs at 100 Mbit/)
    await fails('PRE-13', thrice({ links: [] }), /no link has a default route/)
    await cannotTell('PRE-13', thrice(link(null)), /does not tell its speed/)
  })

  it('swap only in need', async () => {
    await passes('PRE-14', thrice({ total: 0, free: 0, swappiness: 60, devices: [] }))
    await passes('PRE-14', thrice({ total: 1e9, free: 0, swappiness: 10, devices: [] }))
    await fails('PRE-14', thrice({ total: 1e9, free: 0, swappiness: 60, devices: [] }), /swappiness 60/)
    await cannotTell('PRE-14', thrice({ total: 1e9, free: 0, swappiness: null, devices: [] }), /does not tell/)
  })
})

describe('the operating system', () => {
  const os = (id: string, versionId: string, kernel = '6.1.0-40-amd64') => ({
    id,
    versionId,
    prettyName: '',
    kernel,
    architecture: '',
    hostname: '',
  })

  it('is in support on the day of the run', async () => {
    await passes('PRE-15', [os('debian', '12'), os('ubuntu', '24.04'), os('rhel', '9.4')])
    await fails('PRE-15', thrice(os('ubuntu', '20.04')), /out of support since 2025-05-31/)
    await fails('PRE-15', thrice(os('centos', '8')), /out of support/)
    await cannotTell('PRE-15', thrice(os('plan9', '4')), /does not know plan9 4/)
    await cannotTell('PRE-15', thrice(os('debian', '120')), /does not know/)
  })

  it('has a kernel that is new enough', async () => {
    await passes('PRE-16', thrice(os('', '', '4.18.0-553.el8')))
    await fails('PRE-16', thrice(os('', '', '3.10.0-1160')), /3.10/)
    await fails('PRE-16', thrice(os('', '', '')), /kernel ""/)
  })

  it('waits for no reboot', async () => {
    await passes('PRE-17', thrice({ required: false, why: '' }))
    await fails('PRE-17', thrice({ required: true, why: 'libc6' }), /libc6/)
    await cannotTell('PRE-17', thrice({ required: null, why: 'no mark' }), /no mark/)
  })
})

describe('clocks', () => {
  const clock = (over: object = {}) => ({
    epochMs: 1,
    resolutionMs: 1,
    ahead: { least: -5, most: 20 },
    synchronized: true,
    source: 'timedatectl',
    timeZone: 'Etc/UTC',
    utcOffset: '+0000',
    ...over,
  })
  const date = { least: -500, most: 600 }

  it('are synchronised', async () => {
    await passes('PRE-18', thrice(clock()))
    await fails('PRE-18', thrice(clock({ synchronized: false })), /not synchronised/)
    await cannotTell('PRE-18', thrice(clock({ synchronized: null })), /no time service answers/)
  })

  it('are close to the public endpoint’s', async () => {
    await passes('PRE-19', { clocks: thrice(clock()), date })
    await fails('PRE-19', { clocks: thrice(clock({ ahead: { least: 5_000, most: 5_020 } })), date }, /at least 4.40 s apart/)
    await fails('PRE-19', { clocks: thrice(clock({ ahead: { least: -9_020, most: -9_000 } })), date }, /apart/)
    await cannotTell(
      'PRE-19',
      { clocks: thrice(clock({ ahead: { least: -3_000, most: 3_000 } })), date },
      /only known within 7.1 s/,
    )
  })

  it('are kept in the wanted time zone', async () => {
    await passes('PRE-20', thrice(clock({ timeZone: 'UTC' })))
    await fails('PRE-20', thrice(clock({ timeZone: 'Europe/Berlin', utcOffset: '+0100' })), /Europe\/Berlin/)
    await fails('PRE-20', thrice(clock({ timeZone: 'Europe/London' })), /Europe\/London/)
  })
})

describe('the container engine', () => {
  const text = JSON.stringify({
    'log-driver': 'json-file',
    'log-opts': { 'max-size': '10m', 'max-file': '3' },
    'storage-driver': 'overlay2',
  })
  const engine = (over: object = {}) => ({
    clientVersion: '27.5.1',
    serverVersion: '27.5.1',
    loggingDriver: 'json-file',
    storageDriver: 'overlay2',
    answer: '',
    daemonJson: { path: '/etc/docker/daemon.json', exists: true, text, modified: 1000 },
    daemonStarted: 2000,
    containers: [{ name: 'db', logDriver: 'json-file', logOptions: { 'max-size': '10m', 'max-file': '3' }, ulimits: [] }],
    ...over,
  })

  it('is new enough and answers', async () => {
    await passes('PRE-21', engine({ serverVersion: '20.10.24+dfsg1' }))
    await fails('PRE-21', engine({ serverVersion: '19.3.15' }), /engine of 20.10/)
    await passes('PRE-22', { command: 'docker compose', version: '2.32.4' })
    await fails('PRE-22', { command: 'docker-compose', version: '1.29.2' }, /Compose of 2.0/)
  })

  it('runs and starts at boot', async () => {
    const units = (active: string, enabled: string) => ({ manager: 'systemd', units: [{ name: 'docker', active, enabled }] })
    await passes('PRE-23', { engine: engine(), units: units('active', 'enabled') })
    await fails('PRE-23', { engine: engine(), units: units('active', 'disabled') }, /the unit docker/)
    await fails('PRE-23', { engine: engine(), units: { manager: 'systemd', units: [] } }, /the unit docker/)
    await cannotTell('PRE-23', { engine: engine(), units: { manager: 'none', units: [] } }, /neither systemd nor OpenRC/)
  })

  it('is configured, and what is configured is in force', async () => {
    const written = (changed: string, modified = 1000) => ({
      path: '/etc/docker/daemon.json',
      exists: true,
      text: changed,
      modified,
    })
    await passes('PRE-24', written(text))
    await fails('PRE-24', written('{'), /from being JSON/)
    await fails('PRE-24', written('{"log-driver":"local"}'), /daemon.json/)
    await passes('PRE-25', engine())
    await passes('PRE-25', engine({ storageDriver: 'overlayfs' }))
    await fails('PRE-25', engine({ loggingDriver: 'journald' }), /drivers in force/)
    await passes('PRE-26', engine())
    await fails(
      'PRE-26',
      engine({ containers: [{ name: 'db', logDriver: 'json-file', logOptions: {}, ulimits: [] }] }),
      /bounded/,
    )
    await cannotTell('PRE-26', engine({ containers: [] }), /no container is running/)
    await passes('PRE-27', { engine: engine(), file: written(text) })
    await fails('PRE-27', { engine: engine(), file: written(text, 3000) }, /not in force yet/)
    await cannotTell('PRE-27', { engine: engine({ daemonStarted: null }), file: written(text) }, /process is not among/)
  })
})

describe('limits', () => {
  const pair = (soft: number | null, hard = soft) => ({ soft, hard })
  const both = (value: number | null) => ({ nofile: pair(value), nproc: pair(value) })
  const limits = (over: object = {}) => ({
    account: 'deployer',
    session: both(65_536),
    engine: [{ process: 'dockerd', pid: 1, ...both(null) }],
    configured: [],
    ...over,
  })
  const rows = (domain: string, value = '65536') => ['nofile', 'nproc'].map((item) => `${domain} - ${item} ${value}`)

  it('hold in a session', async () => {
    await passes('PRE-28', limits())
    await passes('PRE-28', limits({ session: both(null) }))
    await fails('PRE-28', limits({ session: { ...both(65_536), nofile: pair(1024, 65_536) } }), /limits in force/)
    const another = testTarget({ expect: { ...three.spec.expect, deployUser: 'deployer' } })
    await cannotTell('PRE-28', limits({ account: 'auditor' }), /logged in as auditor/, another)
  })

  it('are written down for the account', async () => {
    await passes('PRE-29', limits({ configured: rows('*') }))
    await passes('PRE-29', limits({ configured: [...rows('*', '1024'), ...rows('deployer', 'unlimited')] }))
    await fails('PRE-29', limits({ configured: [...rows('deployer'), ...rows('*', '1024')] }), /limits.conf/)
    await fails('PRE-29', limits({ configured: rows('deployer').slice(1) }), /limits.conf/)
    await fails('PRE-29', limits({ account: 'root', configured: rows('*') }), /limits.conf/)
  })

  it('hold in the engine and in containers', async () => {
    const container = (soft: number) => ({
      containers: [{ name: 'db', logDriver: '', logOptions: {}, ulimits: [{ name: 'nofile', soft, hard: soft }] }],
    })
    await passes('PRE-30', { limits: limits(), engine: { containers: [] } })
    await passes('PRE-30', { limits: limits(), engine: container(-1) })
    await fails('PRE-30', { limits: limits(), engine: container(1024) }, /limits in force/)
    await fails(
      'PRE-30',
      { limits: limits({ engine: [{ process: 'containerd', pid: 2, ...both(1024) }] }), engine: { containers: [] } },
      /limits in force/,
    )
    await cannotTell('PRE-30', { limits: limits({ engine: [] }), engine: { containers: [] } }, /process is not among/)
  })
})

describe('tools and accounts', () => {
  it('are there, and only those', async () => {
    await passes('PRE-31', thrice({ tools: [{ name: 'ss', path: '/bin/ss' }] }))
    await fails('PRE-31', thrice({ tools: [{ name: 'ss', path: '' }] }), /tools that the target file lists/)
    await fails('PRE-31', thrice({ tools: [] }), /what was looked at/)
    const allowed = testTarget({ expect: { ...three.spec.expect, dockerGroup: ['deployer'] } })
    await passes('PRE-32', { dockerGroup: ['deployer'], dockerGroupExists: true, groupsKnown: true }, allowed)
    await fails(
      'PRE-32',
      { dockerGroup: ['deployer', 'intern'], dockerGroupExists: true, groupsKnown: true },
      /root by another name/,
      allowed,
    )
    await fails('PRE-32', { dockerGroup: [], dockerGroupExists: false, groupsKnown: true }, /does not exist/, allowed)
    await cannotTell('PRE-32', { dockerGroup: [], dockerGroupExists: false, groupsKnown: false }, /does not tell its groups/)
  })
})

describe('directories', () => {
  const { paths } = three.spec
  const entry = (path: string, mode = '0750', over: object = {}) => ({
    path,
    exists: true,
    type: 'directory',
    owner: 'deployer',
    group: 'docker',
    mode,
    size: 0,
    modified: 0,
    ...over,
  })
  const names = [
    '',
    '/config',
    '/data',
    '/data/postgres',
    '/data/redis',
    '/data/kafka',
    '/logs',
    '/logs/services',
    '/logs/nginx',
    '/logs/monitoring',
  ].map((name) => paths.application + name)
  const monitoring = ['', '/prometheus', '/grafana', '/alertmanager'].map((name) => paths.monitoring + name)
  const tree = [
    ...[...names, paths.backups, ...monitoring, paths.certificates, paths.keys].map((path) => entry(path)),
    entry(paths.secrets, '0700'),
  ]
  const but = (path: string, over: object) => ({ entries: tree.map((old) => (old.path === path ? { ...old, ...over } : old)) })
  const account = { account: 'deployer' }

  it('exist', async () => {
    await passes('PRE-33', { entries: tree })
    await fails('PRE-33', but(paths.backups, { type: 'none' }), /directories that exist/)
    await fails('PRE-33', but(paths.secrets, { type: 'file' }), /directories that exist/)
    await fails('PRE-33', { entries: [] }, /directories that exist/)
  })

  it('belong to whom they should', async () => {
    await passes('PRE-34', { directories: but(`${paths.application}/data/postgres`, { owner: 'dnsmasq' }), account })
    await fails('PRE-34', { directories: but(`${paths.application}/logs`, { owner: 'root' }), account }, /of deployer:docker/)
    await fails('PRE-34', { directories: { entries: [] }, account }, /directories that exist/)
  })

  it('are closed as far as they should be', async () => {
    await passes('PRE-35', { entries: tree })
    await fails('PRE-35', but(`${paths.application}/config`, { mode: '0757' }), /write permission/)
    await fails('PRE-35', { entries: [] }, /directories that exist/)
    await passes('PRE-36', { secrets: { entries: tree }, account })
    await fails('PRE-36', { secrets: but(paths.secrets, { mode: '0600' }), account }, /secrets/)
    await fails('PRE-36', { secrets: but(paths.secrets, { owner: 'root' }), account }, /secrets/)
    await cannotTell('PRE-36', { secrets: { entries: [] }, account }, /secrets is not there/)
    await passes('PRE-38', { entries: tree })
    await fails('PRE-38', but(paths.backups, { mode: '0755' }), /open to others/)
    await cannotTell('PRE-38', { entries: [] }, /data is not there/)
  })

  it('hold nothing that everybody may write', async () => {
    const found = {
      searched: [paths.application, paths.monitoring, paths.certificates, paths.keys],
      paths: [],
      unreadable: [],
      truncated: false,
      lacking: null,
    }
    await passes('PRE-37', found)
    await fails('PRE-37', { ...found, paths: ['/opt/x'] }, /everybody may write/)
    await fails('PRE-37', { ...found, searched: [paths.keys], paths: ['/opt/x'] }, /everybody may write/)
    await cannotTell('PRE-37', { ...found, searched: [paths.application] }, /directory of monitoring .* is not there/)
    await cannotTell('PRE-37', { ...found, unreadable: ['/opt/x'] }, /could not be searched: \/opt\/x/)
    await cannotTell('PRE-37', { ...found, unreadable: ['/opt/x'], lacking: 'allow it' }, /; allow it$/)
  })
})
