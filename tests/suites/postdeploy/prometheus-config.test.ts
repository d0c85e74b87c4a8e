import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { secondsOf } from '../../../suites/support/duration.ts'
import { configProblems } from '../../../suites/support/expected-config.ts'
import { parsePrometheusConfig } from '../../../suites/support/prometheus-config.ts'
import { testTarget } from '../../support/judging.ts'

const written = readFileSync('fixtures/monitoring/prometheus.yml', 'utf8')
const expected = testTarget().spec.monitoring

function config(text: string) {
  const parsed = parsePrometheusConfig(text)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}

describe('parsePrometheusConfig', () => {
  it('means the same whether defaults are written out or not', () => {
    const short = 'scrape_configs: [{ job_name: a, static_configs: [{ targets: ["b:2", "a:1"] }] }]'
    const long = `
      global: { scrape_interval: 1m, scrape_timeout: 10s, evaluation_interval: 1m }
      scrape_configs:
        - job_name: a
          scrape_interval: 60s
          scrape_timeout: 10s
          metrics_path: /metrics
          scheme: http
          static_configs: [{ targets: ["a:1"] }, { targets: ["b:2"] }]`
    expect(config(short)).toEqual(config(long))
  })

  it('lowers a default time-out to a shorter interval, as Prometheus does', () => {
    expect(config('scrape_configs: [{ job_name: a, scrape_interval: 5s }]').jobs.a?.timeout).toBe(5)
  })

  it.each(['scrape_configs: {', 'scrape_configs: 7'])('says what is wrong with %j', (text) => {
    expect(typeof parsePrometheusConfig(text)).toBe('string')
  })
})

describe('configProblems', () => {
  it('finds nothing wrong with the corrected configuration', () => {
    expect(configProblems(config(written), expected)).toEqual([])
  })

  it.each([
    ['job_name: redis', 'job_name: cache', 'job redis is missing'],
    ['scrape_interval: 15s', 'scrape_interval: 5m', 'job postgres: interval is 300 and not 15'],
    ['evaluation_interval: 15s', 'evaluation_interval: 1m', 'rules are evaluated every 60 s and not every 15 s'],
    ['environment: production', 'environment: staging', 'external label environment is staging and not production'],
    ['- rules/*.yml', '', 'no rule files are named'],
    ['["alertmanager:9093"]', '[]', 'no Alertmanager is named'],
    ['metrics_path: /metrics', 'metrics_path: /prometheus', 'job hook-receiver: metrics path is /prometheus and not /metrics'],
  ])('sees that %s became %s', (from, to, problem) => {
    const changed = written.replace(from, to).replace('rule_files:\n  \n', 'rule_files: []\n')
    expect(changed).not.toBe(written)
    expect(configProblems(config(changed), expected)).toContain(problem)
  })
})

describe('secondsOf', () => {
  it.each([
    ['15s', 15],
    ['1m30s', 90],
    ['500ms', 0.5],
    ['15d', 1_296_000],
    ['0', 0],
    ['15', Number.NaN],
    ['', Number.NaN],
  ])('%j is %d', (text, seconds) => expect(secondsOf(text)).toBe(seconds))
})
