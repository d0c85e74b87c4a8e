import { createServer } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exportedNames, metrics, parseExposition, sumOf } from '../../src/probes/exposition.ts'
import { testSession } from '../support/session.ts'
import { recorded, replay } from './support/replay.ts'
import { closedPort } from './support/server.ts'

const parsed = (text: string) => {
  const result = parseExposition(text)
  if (!result.ok) throw new Error(result.problem)
  return result.value
}

describe('parseExposition', () => {
  it('reads what a real Prometheus exports', () => {
    const exposition = parsed(recorded('prometheus/metrics.txt'))
    expect(sumOf(exposition, 'prometheus_notifications_sent_total')).toBe(12)
    expect(sumOf(exposition, 'prometheus_engine_query_duration_seconds_count', { slice: 'queue_time' })).toBe(520)
    expect(exportedNames(exposition)).toContain('prometheus_build_info')
  })

  it('knows the series of a family that has no sample yet', () => {
    const names = exportedNames(parsed('# TYPE a_total counter\n# TYPE b_seconds histogram\n'))
    expect([...names]).toEqual(['a_total', 'b_seconds_bucket', 'b_seconds_sum', 'b_seconds_count'])
  })

  it.each([
    ['hooks{source="a b",action="x,y"} 3', 3],
    ['hooks{path="C:\\\\dir",quote="\\"",brace="}"} 1e3 1395066363000', 1000],
    ['hooks +Inf', Infinity],
    ['hooks{} 0', 0],
  ])('reads %s', (line, value) => {
    expect(sumOf(parsed(line), 'hooks')).toBe(value)
  })

  it.each(['<html>', 'hooks', 'hooks{a=1} 2', 'hooks{a="1" 2', 'hooks 2 three', '{"a": 1}'])('refuses %s', (line) => {
    expect(parseExposition(`ok 1\n${line}`)).toEqual({ ok: false, problem: expect.stringContaining('line 2 is no metric') })
  })

  it('takes nothing for no metrics', () => {
    expect(parseExposition('')).toEqual({ ok: false, problem: 'exports no metric at all' })
  })

  it('gives back any label value', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
        fc.pre(!/[\r\u2028\u2029]/.test(value))
        expect(parsed(`m{l="${escaped}"} 1`).samples[0]?.labels).toEqual({ l: value })
      }),
    )
  })
})

describe('metrics', () => {
  it('says what came instead of metrics', async () => {
    await using server = await replay({ '/metrics': { status: 401, body: 'no' } })
    const { value } = await metrics({ system: 'a', url: server.url, path: '/metrics' }).read(testSession())
    expect(value).toEqual({ ok: false, problem: 'answered 401 instead of metrics' })
  })

  it('could not look where nothing listens', async () => {
    const port = await closedPort(createServer())
    await expect(metrics({ system: 'a', url: `http://127.0.0.1:${port}` }).read(testSession())).rejects.toThrow(/refused/)
  })
})
