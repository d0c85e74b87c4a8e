import { describe, expect, it } from 'vitest'
import { publicNames } from '../../../src/targets/disposable/public-names.ts'
import { describeEmbedded, withAddresses } from '../../../src/targets/embedded/describe.ts'
import { Target } from '../../../src/targets/target.ts'

const addresses = {
  services: { 'hook-receiver': 'http://127.0.0.1:4001' },
  gatewayPort: 4443,
  plainPort: 4080,
  dnsServers: ['127.0.0.1:4053'],
  postgresPort: 4432,
  caFile: '/run/ca.pem',
  host: { root: '/run/host', path: '/run/host/bin', owner: 'someone', group: 'some' },
}

describe('a description with addresses', () => {
  it('names each public host once', () => {
    expect(publicNames(describeEmbedded())).toEqual([
      'hooks.omninode.test',
      'metrics.omninode.test',
      'workflows.omninode.test',
      'api.omninode.test',
    ])
  })

  it('puts the run’s ports, paths and owner into it', () => {
    const spec = withAddresses(describeEmbedded(), addresses)
    expect(spec.services['hook-receiver']).toMatchObject({
      url: 'http://127.0.0.1:4001',
      public: 'https://hooks.omninode.test:4443',
    })
    expect(spec.gateways.api?.public).toBe('https://api.omninode.test:4443')
    expect([spec.postgres?.port, spec.dns.servers, spec.tls]).toMatchObject([
      4432,
      ['127.0.0.1:4053'],
      { plainPort: 4080, ca: '/run/ca.pem' },
    ])
    for (const host of Object.values(spec.hosts))
      expect(host).toMatchObject({ root: '/run/host', path: '/run/host/bin', simulated: true })
    expect(spec.expect).toMatchObject({ owner: 'someone', group: 'some' })
  })

  it('declares that there is no PostgreSQL where none could be started', () => {
    const target = new Target(withAddresses(describeEmbedded(), { ...addresses, postgresPort: undefined }))
    expect(() => target.part('postgres')).toThrow('embedded has no postgres')
  })
})
