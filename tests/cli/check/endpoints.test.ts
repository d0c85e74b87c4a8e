import { describe, expect, it } from 'vitest'
import { endpointsOf } from '../../../src/cli/check/endpoints.ts'
import { loadTarget } from '../../../src/targets/load.ts'

describe('endpointsOf', () => {
  it('names every address of the file once, with its part', () => {
    const endpoints = endpointsOf(loadTarget('prod'))
    expect(endpoints.map(({ part }) => part)).toEqual([
      'services.hook-receiver',
      'services.model-metrics',
      'services.workflow-coordinator',
      'public.hook-receiver',
      'public.model-metrics',
      'public.workflow-coordinator',
      'public.api',
      'postgres',
      'redis',
      'kafka',
      'prometheus',
      'alertmanager',
      'grafana',
      'docker',
      'dns',
      'dns',
    ])
  })

  it('connects to overridden addresses under the real name, and leaves out what the target lacks', () => {
    const endpoints = endpointsOf(loadTarget('staging'))
    expect(endpoints.find(({ part }) => part === 'public.hook-receiver')?.connect).toEqual({
      how: 'tls',
      host: '127.0.0.1',
      port: 443,
      name: 'hooks.staging.example.com',
    })
    expect(endpoints.map(({ part }) => part)).not.toContain('grafana')
  })
})
