import { describe, expect, it } from 'vitest'
import { parseRules } from '../../src/probes/alert-rules.ts'

const FILE = `
groups:
  - name: g
    rules:
      - { alert: A, expr: up == 0, for: 30s, labels: { severity: critical } }
      - { record: "job:x:rate", expr: "rate(x[5m])" }`

describe('parseRules', () => {
  it('reads alerts and recordings with file and group', () => {
    const { rules, problems } = parseRules([{ path: 'a.yml', text: FILE }])
    expect(problems).toEqual([])
    expect(rules).toMatchObject([
      { alert: 'A', expr: 'up == 0', for: '30s', labels: { severity: 'critical' }, file: 'a.yml', group: 'g' },
      { record: 'job:x:rate', for: '0s', labels: {}, annotations: {} },
    ])
  })

  it.each(['groups: [', 'groups: 7', 'rules: []', ''])('names the file that holds none: %j', (text) => {
    const { rules, problems } = parseRules([
      { path: 'good.yml', text: FILE },
      { path: 'bad.yml', text },
    ])
    expect(rules).toHaveLength(2)
    expect(problems).toEqual([expect.stringMatching(/^bad\.yml: ./)])
  })

  it('finds nothing in no files', () => {
    expect(parseRules([])).toEqual({ rules: [], problems: [] })
  })
})
