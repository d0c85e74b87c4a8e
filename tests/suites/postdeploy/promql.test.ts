import { describe, expect, it } from 'vitest'
import { analyse } from '../../../suites/support/promql.ts'

describe('analyse', () => {
  it.each([
    ['up', ['up']],
    ['up{job="postgres"} == 0 or absent(pg_up)', ['up', 'pg_up']],
    ['histogram_quantile(0.95, sum by (le) (rate(x_seconds_bucket[5m]))) > 2', ['x_seconds_bucket']],
    ['{__name__="long_form"} > 0', ['long_form']],
    ['job:errors:rate5m offset 1h', ['job:errors:rate5m']],
    ['vector(1)', []],
  ])('names the metrics of %s', async (expression, metrics) => {
    const { problems, selectors } = await analyse(expression)
    expect({ problems, metrics: selectors.map(({ metric }) => metric) }).toEqual({ problems: [], metrics })
  })

  it('tells the matchers', async () => {
    const { selectors } = await analyse('up{job=~"a|b", instance!="c"}')
    expect(selectors[0]?.matchers).toEqual({ job: '=~"a|b"', instance: '!="c"' })
  })

  it.each([
    'rate(http_requests_total{status=~"5.."}[5m]) / rate(http_requests_total[5m]) > 0.05',
    '(rate(a{x="1"}[5m]) / rate(a[5m])) > 0.05',
    'a / a',
    '100 * (a{x="1"} / a)',
  ])('sees that a series is divided by itself in %s', async (expression) => {
    expect((await analyse(expression)).selfDivisions).toHaveLength(1)
  })

  it.each([
    'sum(rate(a{x="1"}[5m])) / sum(rate(a[5m]))',
    'sum by (job) (rate(a{x="1"}[5m])) / sum by (job) (rate(a[5m]))',
    '(memory_total - memory_free) / memory_total',
    'a{x="1"} / ignoring (x) group_left a',
    'a / b',
    'a{x="1"} - a',
  ])('finds nothing wrong with %s', async (expression) => {
    expect((await analyse(expression)).selfDivisions).toEqual([])
  })

  it.each(['up ==', 'sum(up', 'rate(up[5m)', ''])('sees that %j is no expression', async (expression) => {
    expect((await analyse(expression)).problems).not.toEqual([])
  })

  it('says where, counted from 1', async () => {
    expect((await analyse('up ]')).problems).toEqual(['at character 4: ]'])
    expect((await analyse(' ')).problems).toContain('is empty')
  })
})
