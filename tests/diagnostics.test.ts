import { describe, expect, it } from 'vitest'
import { diagnosticsFor } from '../src/diagnostics.ts'
import type { Access } from '../src/probe.ts'
import { testTarget } from './support/judging.ts'

const access = (system: string): Access => ({ system, address: 'x', operation: 'x', effect: 'read', reproduce: 'x' })

const titles = (systems: readonly string[], overrides = {}) =>
  diagnosticsFor(testTarget(overrides), systems.map(access)).map(({ area, title }) => `${area}: ${title}`)

describe('diagnosticsFor', () => {
  it('always looks at the host, and at nothing else where nothing else is concerned', () => {
    const host = [
      'host: busiest processes and load',
      'host: memory and processors',
      'host: disks',
      'host: end of the deployment log',
    ]
    expect(titles(['redis'])).toEqual(host)
  })

  it('looks at what failed: the service’s log, its certificate, the engine, its request rate', () => {
    expect(titles(['hook-receiver'])).toEqual(
      expect.arrayContaining([
        'hook-receiver: log of hook-receiver',
        'hook-receiver: certificate of hooks.example.test',
        'docker: state of the containers',
        'docker: events',
        'docker: configuration of nginx',
        'prometheus: request rate',
      ]),
    )
    expect(titles(['hook-receiver']).join()).not.toContain('model-metrics')
    expect(titles(['postgres'])).toEqual(expect.arrayContaining(['postgres: settings', 'postgres: log of postgres']))
  })

  it('leaves out what the target lacks', () => {
    const lacking = titles(['hook-receiver', 'postgres'], { parts: { docker: 'none', prometheus: 'none' } })
    expect(lacking).toContain('postgres: settings')
    expect(lacking.filter((title) => /docker|prometheus|log of/.test(title))).toEqual([])
  })

  it('only reads, and each within a deadline', () => {
    const all = diagnosticsFor(testTarget(), ['hook-receiver', 'postgres', 'docker', 'prometheus'].map(access))
    for (const { probe } of all) {
      expect(['read', 'exec']).toContain(probe.access.effect)
      expect(probe.deadlineMs).toBeLessThanOrEqual(70_000)
    }
  })
})
