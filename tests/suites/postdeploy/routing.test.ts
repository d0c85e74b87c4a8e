import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseRouting } from '../../../suites/support/routing.ts'

function routing(text: string) {
  const parsed = parseRouting(text)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}

describe('parseRouting', () => {
  it.each([
    ['critical', 'infrastructure', 'infrastructure-on-call'],
    ['critical', 'development', 'development-on-call'],
    ['warning', 'development', 'development-team'],
    ['warning', 'infrastructure', 'platform-team'],
    ['page', 'nobody', 'platform-team'],
  ])('routes %s of %s to %s', (severity, team, receiver) => {
    const fixture = routing(readFileSync('fixtures/monitoring/alertmanager.yml', 'utf8'))
    expect(fixture.routesOf({ severity, team })).toEqual([receiver])
    expect(fixture.receivers.get(receiver)).toBe(1)
  })

  it.each([
    [`matchers: ['{severity="critical", team=~"infra.*"}']`, true],
    [`matchers: ['severity=critical']`, true],
    [`matchers: ['severity!="critical"']`, false],
    [`matchers: ['team!~"dev.*"']`, true],
    [`matchers: ['team=~"infra"']`, false],
    [`matchers: ['team=~"(?i)INFRASTRUCTURE"']`, true],
    ['match: { severity: critical }', true],
    ['match_re: { team: "infra.*|dev" }', true],
    ['match: { absent: "" }', true],
    [`matchers: ['what is this']`, false],
  ])('understands %s', (condition, isTaken) => {
    const text = `route: { receiver: root, routes: [{ receiver: child, ${condition} }] }\nreceivers: [{ name: root }, { name: child }]`
    expect(routing(text).routesOf({ severity: 'critical', team: 'infrastructure' })).toEqual([isTaken ? 'child' : 'root'])
  })

  it('goes on where a route says so, and inherits receivers', () => {
    const text = `
      route:
        receiver: root
        routes:
          - { receiver: first, continue: true }
          - routes: [{ matchers: ['severity="critical"'] }]
          - { receiver: never }
      receivers: []`
    expect(routing(text).routesOf({ severity: 'critical' })).toEqual(['first', 'root'])
  })

  it.each(['route: [', 'route: 7', ''])('says what is wrong with %j', (text) => {
    expect(typeof parseRouting(text)).toBe('string')
  })
})
