import { describe, expect, it } from 'vitest'
import { endpointRequest, healthRequest, portOf, serviceRequest } from '../../../suites/support/endpoint.ts'
import { innerPorts } from '../../../suites/support/inner-ports.ts'
import { outsideAddresses } from '../../../suites/support/outside.ts'
import { testTarget } from '../../support/judging.ts'

describe('the way to a public name', () => {
  const [hooks] = testTarget().endpoints
  if (hooks === undefined) throw new Error('the test target has no public names')

  it('is its own address where nothing else is said', () => {
    expect(endpointRequest(testTarget(), hooks)).toEqual({ system: 'hook-receiver', url: hooks.url })
  })

  it('is the address of the override, with the port of the name, under the CA of the target', () => {
    const dns = { servers: [], expect: [], inside: [], overrides: { 'hooks.example.test': '::1' } }
    const tls = { ...testTarget().spec.tls, ca: '/etc/ca.pem' }
    expect(endpointRequest(testTarget({ dns, tls }), hooks)).toMatchObject({ connectTo: '[::1]:443', ca: '/etc/ca.pem' })
  })
})

describe('the way to a service', () => {
  it('takes the key along only where the health endpoint wants one', () => {
    const target = testTarget()
    expect(healthRequest(target.service('hook-receiver'))).toEqual({ path: '/health' })
    expect(healthRequest(target.service('model-metrics'))).toEqual({ path: '/lab/health', apiKey: 'apiKey' })
    expect(serviceRequest(target.service('hook-receiver'))).toMatchObject({ system: 'hook-receiver' })
  })

  it.each([
    ['https://a.test', 443],
    ['http://a.test', 80],
    ['https://a.test:8443', 8443],
    ['http://a.test:0', 0],
  ])('%s has port %i', (url, port) => {
    expect(portOf(new URL(url))).toBe(port)
  })
})

describe('inner ports', () => {
  it('are those of every described part, of the services and of the exporters', () => {
    const ports = innerPorts(testTarget())
    expect([5432, 6379, 9092, 8001, 8002, 8003, 9090, 9093, 3000, 9100].filter((port) => !ports.has(port))).toEqual([])
    expect(ports.get(5432)).toBe('postgres')
  })

  it('are tried from outside at the hosts by their own names and at the load balancer', () => {
    const hosts = testTarget().spec.hosts
    const services = { ...hosts.services, shell: 'ssh' as const, address: 'deploy@app.example.test' }
    const target = testTarget({
      hosts: { services: { root: '', simulated: false, sudo: false, ...services } },
      dns: { servers: [], expect: ['203.0.113.7'], inside: [], overrides: {} },
    })
    const addresses = outsideAddresses(target)
    expect(addresses).toContain('app.example.test:5432')
    expect(addresses).toContain('203.0.113.7:6379')
  })
})
