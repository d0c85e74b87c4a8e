import { describe, expect, it } from 'vitest'
import { innerAddresses, withNearEnds } from '../../../src/targets/live/reach.ts'
import type { TargetSpec } from '../../../src/targets/schema.ts'
import { testTarget } from '../../support/judging.ts'

const ssh = (address: string) => ({ shell: 'ssh', address, root: '', simulated: false, sudo: false }) as const

function specWith(change: Partial<TargetSpec> = {}): TargetSpec {
  const { alertmanager: _alertmanager, grafana: _grafana, ...spec } = testTarget().spec
  return {
    ...spec,
    hosts: { services: ssh('app'), database: ssh('db'), here: { ...ssh('localhost'), shell: 'local' } },
    services: { api: { url: 'http://127.0.0.1:8001', health: '/health', healthNeedsKey: false } },
    postgres: { host: 'db.inner', port: 5432, database: 'd', user: 'u', password: { env: 'P' }, ssl: true },
    redis: { host: '::1', port: 6379, password: { env: 'P' } },
    kafka: { brokers: ['127.0.0.1:9092'], replicationFactor: 1, overrides: {} },
    prometheus: { url: 'http://127.0.0.1/prometheus' },
    docker: { socket: '/var/run/docker.sock' },
    reach: { through: 'services', parts: { postgres: 'database', prometheus: 'direct' } },
    ...change,
  }
}

const near = (spec: TargetSpec): TargetSpec =>
  withNearEnds(spec, ({ role, inner }) => (inner.startsWith('/') ? '/run/near.sock' : `127.0.0.1:${role === 'database' ? 1 : 2}`))

describe('inner addresses', () => {
  it('are reached through the host that the file names for each', () => {
    expect(innerAddresses(specWith({ prometheus: { url: 'http://10.0.0.1:9090' } }))).toEqual([
      { role: 'services', inner: '127.0.0.1:8001' },
      { role: 'database', inner: 'db.inner:5432' },
      { role: 'services', inner: '[::1]:6379' },
      { role: 'services', inner: '127.0.0.1:9092' },
      { role: 'services', inner: '/var/run/docker.sock' },
    ])
  })

  it('stay as they are where nothing is said, and where one sits on that host', () => {
    const { reach: _, ...spec } = specWith()
    expect(innerAddresses(spec)).toEqual([])
    expect(near(spec)).toEqual(spec)
    expect(innerAddresses(specWith({ reach: { through: 'here', parts: {} } }))).toEqual([])
  })

  it('become near ends; names in certificates and what brokers tell stay right', () => {
    const changed = near(specWith())
    expect(changed.services.api?.url).toBe('http://127.0.0.1:2')
    expect(changed.postgres).toMatchObject({ host: '127.0.0.1', port: 1, serverName: 'db.inner' })
    expect(changed.redis).toMatchObject({ host: '127.0.0.1', port: 2 })
    expect(changed.kafka).toMatchObject({
      brokers: ['127.0.0.1:2'],
      overrides: { '*': '127.0.0.1:2', '127.0.0.1:9092': '127.0.0.1:2' },
    })
    expect(changed.prometheus?.url).toBe('http://127.0.0.1/prometheus')
    expect(changed.docker).toEqual({ socket: '/run/near.sock' })
  })

  it('of several brokers are each their own', () => {
    const kafka = { brokers: ['a:9092', 'b:9092'], replicationFactor: 2, overrides: { 'kafka-c:9092': 'c:9092' } }
    const seen = withNearEnds(specWith({ kafka }), ({ inner }) => `127.0.0.1:${inner.charCodeAt(0)}`)
    expect(seen.kafka?.overrides).toEqual({
      'a:9092': '127.0.0.1:97',
      'b:9092': '127.0.0.1:98',
      'kafka-c:9092': '127.0.0.1:99',
    })
  })

  it('with a mistake in the file are an error that names it', () => {
    expect(() => innerAddresses(specWith({ reach: { through: 'nobody', parts: {} } }))).toThrow(/there is no hosts\.nobody/)
    const services = { api: { url: 'https://10.0.0.1:8001', health: '/health', healthNeedsKey: false } }
    expect(() => near(specWith({ services }))).toThrow(/reach\.parts\.api: direct/)
  })
})
