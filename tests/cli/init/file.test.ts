import { describe, expect, it } from 'vitest'
import { largestProject, parseContainers } from '../../../src/cli/init/engine.ts'
import { targetFileText } from '../../../src/cli/init/file.ts'
import type { Found } from '../../../src/cli/init/found.ts'
import { targetOf } from '../../../src/targets/load.ts'
import { hostSchema } from '../../../src/targets/schema.ts'
import { yamlSource } from '../../../src/yaml-file.ts'

const product = targetOf(yamlSource('name: new\nenvironment: unknown\n', 'new.yaml'))
const FILE = '/srv/bridge/docker-compose.prod.yml'

const listing = [
  `bridge\tpostgres\t${FILE}\t/srv/bridge/.env\t127.0.0.1:15432->5432/tcp`,
  `bridge\tkafka\t${FILE}\t/srv/bridge/.env\t9092/tcp, 127.0.0.1:19093->9093/tcp`,
  `bridge\thook-receiver\t${FILE}\t/srv/bridge/.env\t8002/tcp, 127.0.0.1:8101->8001/tcp, [::1]:8101->8001/tcp`,
  `bridge\tnginx\t${FILE}\t/srv/bridge/.env\t0.0.0.0:443->443/tcp`,
  'other\tweb\t/srv/other/compose.yml\t\t0.0.0.0:8080->80/tcp',
  '\t\t\t\t5000/tcp',
].join('\n')

const found: Found = {
  host: hostSchema.parse({ shell: 'ssh', address: 'deploy@app-1.example.com', sudo: true }),
  os: 'Debian GNU/Linux 12 (bookworm), app-1',
  account: 'deploy',
  dockerGroup: ['deploy', '1000: odd'],
  containers: largestProject(parseContainers(listing)),
  paths: { ...product.paths, application: '/srv/bridge', envFile: '/srv/bridge/.env', secrets: '/srv/bridge/secrets' },
  variables: { ENVIRONMENT: 'staging', POSTGRES_DB: 'bridge: "x"', POSTGRES_USER: 'null' },
  hasEnvFile: true,
  composeFile: FILE,
  listening: [22, 6379],
  secrets: ['postgres_password'],
  certificates: ['hook-receiver.crt', 'ca-cert.pem'],
  missing: [
    'firewall: deploy may not list the rules; allow it with the sudoers line `deploy ALL=(root) NOPASSWD: /usr/sbin/nft list ruleset`',
  ],
}

describe('parseContainers', () => {
  it('finds project, files and published ports, and takes the largest project', () => {
    expect(largestProject(parseContainers(listing)).map(({ service }) => service)).toEqual([
      'postgres',
      'kafka',
      'hook-receiver',
      'nginx',
    ])
    expect(parseContainers(listing)[2]).toEqual({
      project: 'bridge',
      service: 'hook-receiver',
      composeFile: FILE,
      envFile: '/srv/bridge/.env',
      ports: [{ port: 8101, inner: 8001 }],
    })
  })
})

describe('the first target file', () => {
  const text = targetFileText('app-1', found, product)
  const target = targetOf(yamlSource(text, 'app-1.yaml'))

  it('is as it was', async () => {
    await expect(text).toMatchFileSnapshot('golden/target.yaml.txt')
  })

  it('is valid, reads only, and says where things are', () => {
    expect(target).toMatchObject({
      name: 'app-1',
      environment: 'staging',
      allow: ['read'],
      reach: { through: 'services' },
      compose: { file: FILE, envFile: '/srv/bridge/.env', project: 'bridge' },
      postgres: { host: '127.0.0.1', port: 15432, database: 'bridge: "x"', user: 'null', password: { env: 'POSTGRES_PASSWORD' } },
      redis: { port: 6379 },
      kafka: { brokers: ['127.0.0.1:19093'] },
      paths: { application: '/srv/bridge', secrets: '/srv/bridge/secrets' },
    })
    expect(target.services['hook-receiver']?.url).toBe('http://127.0.0.1:8101')
  })

  it('does not take the port of a part for another part', () => {
    expect(target.alertmanager).toBeUndefined()
  })

  it('is valid of a host that told nothing', () => {
    const bare: Found = {
      ...found,
      host: hostSchema.parse({}),
      containers: [],
      paths: product.paths,
      variables: {},
      hasEnvFile: false,
      composeFile: '',
      listening: [],
      secrets: [],
      certificates: [],
      dockerGroup: [],
      account: '',
    }
    expect(targetOf(yamlSource(targetFileText('bare', bare, product), 'bare.yaml'))).toMatchObject({ environment: 'production' })
  })
})
