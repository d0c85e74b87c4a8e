import { describe, expect, it } from 'vitest'
import { NotApplicable, Unobserved } from '../../../src/outcome.ts'
import { outcomeOf } from '../../../src/targets/ephemeral/outcome.ts'
import type { Failures } from '../../../src/targets/ephemeral/stack.ts'
import { loadTarget } from '../../../src/targets/load.ts'
import { Target } from '../../../src/targets/target.ts'
import { publicEndpoints } from '../../../suites/support/public-endpoint.ts'

const spec = loadTarget('ephemeral')

function targetAfter(failures: Failures, optional: readonly string[] = []): Target {
  const described = {
    ...spec,
    parts: { ...spec.parts, ...Object.fromEntries(optional.map((part) => [part, 'optional' as const])) },
  }
  const ended = {
    spec: described,
    images: new Map(),
    failures,
    compose: { rest: {}, services: {} },
    leftovers: { removed: [], stuck: [] },
    keep: false,
  }
  const { parts } = outcomeOf({ ...ended, gateway: 'nginx' })
  return new Target({ ...described, parts: { ...described.parts, ...parts } })
}

describe('a stack whose gateway did not start', () => {
  const died = new Map([['nginx', { root: 'nginx', reason: 'nginx ended with exit code 1' }]])

  it('leaves what is asked by public names unobserved, for the gateway’s reason', () => {
    const target = targetAfter(died)
    for (const ask of [() => publicEndpoints(target), () => target.requirePart('nginx')]) {
      expect(ask).toThrow(Unobserved)
      expect(ask).toThrow('nginx ended with exit code 1')
    }
    expect(target.runningEndpoints).toEqual([])
    expect(target.service('hook-receiver').name).toBe('hook-receiver')
  })

  it('skips it where the gateway may be missing', () => {
    expect(() => publicEndpoints(targetAfter(died, ['nginx']))).toThrow(NotApplicable)
  })

  it('keeps the public names where it did', () => {
    expect(publicEndpoints(targetAfter(new Map())).length).toBeGreaterThan(3)
  })
})
