import { describe, expect, it } from 'vitest'
import type { SectionName } from '../../src/host/facts.ts'
import { parseFacts } from '../../src/host/parse.ts'

const exchange = { startMs: 1_000_000_000_000, endMs: 1_000_000_000_400, hostEndMs: 1_000_000_005_300 }

/** What one section's rows mean. */
function facts(section: SectionName, ...rows: string[]): unknown {
  const answer = [`@@n begin\t${section}`, ...rows, `@@n end\t${section}`].join('\n')
  const found = parseFacts(answer, 'n', { root: '/tree', salt: 's', exchange })[section]
  return found.ok ? found.facts : found.reason
}

describe('machine', () => {
  it('takes the least of what is online and what the cgroups allow', () => {
    const rows = [
      'online\t8',
      'MemTotal\t16000000',
      'cgroup\tcpu.max\t250000 100000',
      'cgroup\tcpu.max\tmax 100000',
      'cgroup\tmemory.max\t1000000',
    ]
    expect(facts('machine', ...rows, 'hypervisor\tkvm')).toMatchObject({
      cores: 2.5,
      quotaCores: 2.5,
      memory: 1_000_000,
      virtualization: 'kvm',
    })
  })

  it('knows how cgroup v1 says that there is no limit', () => {
    const rows = [
      'online\t4',
      'MemTotal\t1000',
      'cgroup\tcpu.cfs_quota_us\t-1 100000',
      'cgroup\tmemory.limit_in_bytes\t9223372036854771712',
    ]
    expect(facts('machine', ...rows)).toMatchObject({ cores: 4, quotaCores: null, memoryLimit: null, memory: 1_024_000 })
  })
})

describe('disks', () => {
  const rows = (more: string[]): string[] => [
    'path\t/opt/x/data\t/tree/opt/x',
    'kilobytes\t/dev/vda1 1000 400 600 40% /opt with blank',
    'inodes\t/dev/vda1 0 0 0 - /opt with blank',
    'type\txfs',
    ...more,
  ]

  it('measures the nearest ancestor of a path that does not exist', () => {
    expect(facts('disks', ...rows(['block\tsda', 'rotational\t1']))).toEqual({
      paths: [
        {
          path: '/opt/x/data',
          exists: false,
          measured: '/opt/x',
          device: '/dev/vda1',
          type: 'xfs',
          mount: '/opt with blank',
          size: 1_024_000,
          free: 614_400,
          inodes: null,
          inodesFree: null,
          rotational: true,
          rotationalReason: '',
        },
      ],
    })
  })

  it('does not believe a virtual disk that calls itself rotating', () => {
    expect(facts('disks', ...rows(['block\tvda1', 'rotational\t1']))).toMatchObject({ paths: [{ rotational: null }] })
    expect(facts('disks', ...rows(['block\tvda1', 'rotational\t0']))).toMatchObject({ paths: [{ rotational: false }] })
    expect(facts('disks', ...rows([]))).toMatchObject({
      paths: [{ rotational: null, rotationalReason: expect.stringContaining('no block device') }],
    })
  })
})

describe('clock', () => {
  it('bounds by how much the host is ahead', () => {
    const rows = ['epoch\t1000000005100\t1', 'offset\t+0000', 'synchronized\ttimedatectl\tyes', 'zone\tEtc/UTC']
    expect(facts('clock', ...rows)).toMatchObject({ ahead: { least: 4_900, most: 5_101 }, synchronized: true })
  })

  it.each([
    ['timedatectl', 'no', false],
    ['chronyc', 'Normal', true],
    ['chronyc', 'Not synchronised', false],
    ['ntpq', 'leap=00', true],
    ['ntpq', 'leap=11', false],
  ])('understands %s saying %s', (source, said, synchronized) => {
    expect(facts('clock', 'epoch\t1\t1', `synchronized\t${source}\t${said}`)).toMatchObject({ synchronized })
  })

  it('does not know where nobody tells', () => {
    expect(facts('clock', 'epoch\t1\t1')).toMatchObject({ synchronized: null, source: '' })
  })
})

describe('reboot', () => {
  it('follows the mark, or else compares the running kernel with the newest one', () => {
    expect(facts('reboot', 'required\tyes\tlibc6 ')).toEqual({ required: true, why: 'libc6' })
    expect(facts('reboot', 'running\t6.1.0-9', 'kernel\t100\t6.1.0-9', 'kernel\t200\t6.1.0-10')).toMatchObject({ required: true })
    expect(facts('reboot', 'running\t6.1.0-10', 'kernel\t100\t6.1.0-9', 'kernel\t200\t6.1.0-10')).toMatchObject({
      required: false,
    })
    expect(facts('reboot', 'running\t6.1.0-10')).toMatchObject({ required: null })
    expect(facts('reboot', 'running\t6.6.31-0-lts', 'modules\tpresent')).toMatchObject({ required: false })
    expect(facts('reboot', 'running\t6.6.31-0-lts', 'modules\tabsent')).toMatchObject({ required: true })
  })
})

describe('network', () => {
  it('reads ss', () => {
    const rows = [
      'ss LISTEN 0      4096       127.0.0.53%lo:53        0.0.0.0:*    users:(("systemd-resolve",pid=1,fd=2))',
      'ss LISTEN 0      511                [::1]:6379         [::]:*',
      'ss LISTEN 0      4096                   *:22                *:*',
    ]
    expect(facts('listeners', ...rows)).toEqual({
      listeners: [
        { address: '127.0.0.53', port: 53, process: 'systemd-resolve' },
        { address: '::1', port: 6379, process: '' },
        { address: '::', port: 22, process: '' },
      ],
    })
  })

  it('reads the kernel’s own table where there is no ss', () => {
    const rows = [
      'tcp    0: 0100007F:1F90 00000000:0000 0A 00000000:00000000',
      'tcp    1: 0100007F:1F91 0100007F:9999 01 00000000:00000000',
      'tcp6   0: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A',
      'tcp6   1: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 0A',
    ]
    expect(facts('listeners', ...rows)).toEqual({
      listeners: [
        { address: '127.0.0.1', port: 8080, process: '' },
        { address: '::1', port: 22, process: '' },
        { address: '127.0.0.1', port: 80, process: '' },
      ],
    })
  })

  it('knows links that do not tell their speed', () => {
    const rows = [
      'default\teth0',
      'link\teth0\tup\t-1\tphysical',
      'link\teth1\tup\t10000\tphysical',
      'link\tdocker0\tup\t\tvirtual',
    ]
    expect(facts('links', ...rows)).toMatchObject({
      links: [{ speed: null, defaultRoute: true }, { speed: 10_000 }, { speed: null, virtual: true }],
    })
  })

  it.each([
    ['0', '', 'open'],
    ['1', 'bash: connect: Connection refused', 'refused'],
    ['137', '', 'timeout'],
    ['1', 'bash: nowhere: Name or service not known', 'unresolved'],
    ['1', 'bash: connect: Network is unreachable', 'failed'],
  ])('tells a connection that ended with %s and "%s"', (status, said, result) => {
    expect(facts('connectivity', `connect\ta:1\t${status}\t${said}`)).toEqual({ targets: [{ address: 'a:1', result }] })
  })
})

describe('limits and accounts', () => {
  it('reads limits, unlimited ones too', () => {
    const rows = [
      'account\tdeployer',
      'session 0 nofile 1024                 unlimited            files     ',
      'session 0 nproc 5 6 processes',
    ]
    expect(facts('limits', ...rows, 'configured * soft nofile 1024')).toEqual({
      account: 'deployer',
      session: { nofile: { soft: 1024, hard: null }, nproc: { soft: 5, hard: 6 } },
      engine: [],
      configured: ['* soft nofile 1024'],
    })
  })

  it('counts those whose primary group it is as members of the docker group', () => {
    const rows = ['account\troot\t0', 'groups\troot', 'docker\tdocker:x:998:b,a', 'primary\tc']
    expect(facts('account', ...rows)).toMatchObject({ dockerGroup: ['a', 'b', 'c'], dockerGroupExists: true })
  })
})

describe('an engine', () => {
  it('is described by its client and its file', () => {
    const rows = [
      'client\tDocker version 20.10.24+dfsg1, build 297e128',
      'server\t20.10.24+dfsg1|json-file|overlay2',
      'container\t/db\t{"Type":"json-file","Config":{"max-size":"10m"}}\t[{"Name":"nofile","Hard":2,"Soft":1}]',
      'container\t/app\t{"Type":"none","Config":null}\tnull',
      'started\t6000\t100\t1000',
      'entry\tnone\t\t\t\t0\t0\t/tree/etc/docker/daemon.json',
    ]
    expect(facts('engine', ...rows)).toMatchObject({
      clientVersion: '20.10.24+dfsg1',
      serverVersion: '20.10.24+dfsg1',
      daemonStarted: 1060,
      daemonJson: { path: '/etc/docker/daemon.json', exists: false },
      containers: [
        { name: 'db', logOptions: { 'max-size': '10m' }, ulimits: [{ name: 'nofile', soft: 1, hard: 2 }] },
        { name: 'app', logOptions: {}, ulimits: [] },
      ],
    })
  })

  it('keeps the complaint of a client whose daemon is down', () => {
    const rows = [
      'client\tDocker version 28.2.2',
      'answer\t|| Cannot connect to the Docker daemon',
      'entry\tnone\t\t\t\t0\t0\t/tree/etc/docker/daemon.json',
    ]
    expect(facts('engine', ...rows)).toMatchObject({ serverVersion: '', answer: 'Cannot connect to the Docker daemon' })
  })
})

describe('a section', () => {
  it('that is not understood says so and where', () => {
    expect(facts('load', 'uptime\tsoon')).toMatch(/^the host’s answer could not be understood \(uptimeSeconds: /)
  })

  it('whose parser breaks says so as well', () => {
    expect(facts('deployLog')).toMatch(/^the host’s answer could not be understood \(a section without/)
  })
})
