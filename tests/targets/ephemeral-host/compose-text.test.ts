import { describe, expect, it } from 'vitest'
import { parseCompose } from '../../../src/probes/compose.ts'
import { readComposeFile } from '../../../src/targets/ephemeral/compose-file.ts'
import { loadStackFile } from '../../../src/targets/ephemeral/stack-file.ts'
import { composeText } from '../../../src/targets/ephemeral-host/compose-text.ts'
import { groupsOf } from '../../../src/targets/ephemeral-host/stack.ts'
import { loadTarget } from '../../../src/targets/load.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const stack = loadStackFile('fixtures/ephemeral-host/stack.yaml')
const source = readComposeFile(stack, {})
const names = Object.keys(source.services).filter((name) => name !== 'grafana')
const images = Object.fromEntries(names.map((name) => [name, `localhost/${name}:1@${DIGEST}`]))
const text = composeText({ stack, source, project: 'bridge', images, uid: 1000, gid: 105, cpus: 2 })

describe('the compose file on a host container', () => {
  const { problems, services, secrets, name } = parseCompose(text)

  it('is whole without what has no image, and pins every image', () => {
    expect(problems).toEqual([])
    expect(name).toBe('bridge')
    expect(services.map((service) => service.name).sort()).toEqual(names.toSorted())
    expect(services.filter(({ digest }) => digest !== DIGEST)).toEqual([])
    expect(secrets).toContain('postgres_admin_password')
  })

  it('keeps production’s ports, volumes and limits, and grants no more processors than there are', () => {
    const nginx = services.find((service) => service.name === 'nginx')
    expect(nginx?.ports.map(({ address, published }) => `${address}:${published}`)).toEqual([':80', ':443'])
    const postgres = services.find((service) => service.name === 'postgres')
    expect(postgres).toMatchObject({ cpuLimit: '2', memoryLimit: '4g', mounts: ['./data/postgres'] })
    expect(services.find((service) => service.name === 'node-exporter')?.pidMode).toBe('host')
  })

  it('runs what reads secrets as the account that owns them', () => {
    expect(text).toContain('user: 1000:105')
    expect(text).toContain('user: 65534:105')
    expect(text).not.toContain('@{')
  })
})

describe('the groups of a deploy', () => {
  it('hold every service that runs once, the gateway last', () => {
    const groups = groupsOf(loadTarget('ephemeral-host'), names)
    expect(Object.values(groups).flat().sort()).toEqual(names.toSorted())
    expect(groups.infrastructure).toEqual(['postgres', 'redis', 'kafka'])
    expect(groups.gateway).toEqual(['nginx'])
  })
})
