import { describe, expect, it } from 'vitest'
import { renderHtml } from '../../../src/report/html/page.ts'
import type { Measurement } from '../../../src/report/model.ts'
import { NASTY, sampleReport } from '../../support/sample-report.ts'

const measured = (name: string, value: number, limit: number | null = null): Measurement => ({
  id: `ROLL-42/${name}`,
  check: 'ROLL-42',
  name,
  unit: 'ms',
  value,
  limit,
  sampleCount: 1,
  series: [],
})

function section(id: string, measurements: Measurement[], timeline = sampleReport().timeline): string {
  const html = renderHtml(sampleReport((report) => ({ ...report, measurements, timeline })))
  const from = html.indexOf(`<section id="${id}"`)
  return from === -1 ? '' : html.slice(from, html.indexOf('</section>', from))
}

describe('recovery time and recovery point', () => {
  const figures = section('objectives', [
    measured('rollback.rto', 2_500, 900_000),
    measured('rollback.rto.1 restore database', 1_500),
    measured('rollback.rto.2 first correct hook', 1_000),
    measured('rollback.rto (disk-full)', 600_000, 900_000),
    measured('rollback.rto.1 check inputs (disk-full)', 600_000),
    measured('rollback.rpo.postgres', 4_200, 300_000),
    measured('rollback.rpo.kafka (disk-full)', 0, 300_000),
    measured('rollback.rpo.redis (disk-full)', 10, 300_000),
  ])

  it('is a bar for each drill, by what it went into, beside the limit', () => {
    expect(figures).toContain('first drill 2.5 s, disk-full 10 min 00 s"')
    expect(figures).toContain('first drill: 1 restore database 1.5 s · 2 first correct hook 1 s')
    expect(figures).toContain('disk-full: 1 check inputs 10 min 00 s')
    expect(figures).toContain('>limit 15 min 00 s<')
  })

  it('is a bar for each store, and says where the limit is far beyond', () => {
    expect(figures).toContain('first drill: postgres 4.2 s, disk-full: kafka 0 ms, disk-full: redis 10 ms"')
    expect(figures).toContain('limit 5 min 00 s, far beyond')
  })

  it('is not there where no drill was held, and escapes what it is told', () => {
    expect(section('objectives', [measured('performance.hooks.p95', 5)])).toBe('')
    expect(section('objectives', [measured(`rollback.rto (${NASTY})`, 5)])).not.toContain('<script')
  })
})

describe('the timeline of several drills', () => {
  const event = (second: number, phase: string) => ({
    at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
    phase,
    event: 'done',
    store: '',
  })

  it('is a picture for each', () => {
    const further = Array.from({ length: 50 }, (_, second) => event(second, 'disk-full: rollback'))
    const shown = section('recovery', [], [event(0, 'deploy A'), event(1, 'rollback'), ...further])
    expect(shown).toContain('timeline of 2 events in the phases deploy A, rollback')
    expect(shown).toContain('timeline of 50 events in the phases disk-full: rollback')
    expect(shown.match(/<svg/g)).toHaveLength(2)
  })

  it('is told alone where its marks would cover one another', () => {
    const many = Array.from({ length: 61 }, (_, second) => event(second, 'rollback'))
    const shown = section('recovery', [], many)
    expect(shown).not.toContain('<svg')
    expect(shown.match(/<li>/g)).toHaveLength(61)
  })
})
