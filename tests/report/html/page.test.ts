import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { renderHtml } from '../../../src/report/html/page.ts'
import { entry, evidence, largeReport, NASTY, partialReport, sampleReport } from '../../support/sample-report.ts'

const html = renderHtml(sampleReport())
const VOID = new Set(['meta', 'br', 'input', 'link', 'img', 'hr'])

/** The tags that are not closed in order; a page that a browser must repair is not the page that was tested. */
function misnested(page: string): string[] {
  const open: string[] = []
  const wrong: string[] = []
  for (const [, closing, name = '', selfClosing] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*?)?(\/?)>/gi)) {
    if (closing === '' && selfClosing === '' && !VOID.has(name)) open.push(name)
    if (closing === '/' && open.pop() !== name) wrong.push(name)
  }
  return [...wrong, ...open]
}

/** What a reader sees of a part of the page, tags left out. */
function section(id: string, page = html): string {
  const from = page.indexOf(`<section id="${id}"`)
  return from === -1 ? '' : page.slice(from, page.indexOf('</section>', from))
}

describe('renderHtml', () => {
  it('is one well-formed file', () => {
    expect(html.startsWith('<!doctype html>\n<html lang="en">')).toBe(true)
    expect(misnested(html)).toEqual([])
    expect(misnested(renderHtml(partialReport()))).toEqual([])
  })

  it('loads nothing, runs nothing, and its policy allows only its own style sheet', () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`)
    expect(html).not.toMatch(/<(?:script|link|img|iframe|object|embed|base|form)\b/i)
    expect(html).not.toMatch(/<[^>]*\s(?:style|src|srcset|on[a-z]+)=/i)
    expect(style).not.toMatch(/@import|url\(/)
  })

  it('escapes what came from a target, everywhere', () => {
    const report = sampleReport((sample) => ({
      ...sample,
      run: { ...sample.run, ticket: NASTY, operator: NASTY, origin: NASTY, selection: NASTY, commit: NASTY },
      target: {
        ...sample.target,
        name: NASTY,
        environment: NASTY,
        hosts: [{ role: NASTY, account: NASTY, hostKey: NASTY }],
        connections: [{ system: NASTY, address: NASTY, effect: 'read', count: 1 }],
        release: { [NASTY]: NASTY },
        notes: [NASTY],
      },
      checks: (['failed', 'unobserved', 'skipped', 'pending', 'waived', 'passed', null] as const).map((outcome, index) =>
        entry({
          id: `PRE-0${index}`,
          outcome,
          title: NASTY,
          section: NASTY,
          reason: NASTY,
          cause: { id: NASTY, text: NASTY },
          failure: { message: NASTY, expected: NASTY, actual: NASTY },
          limits: [{ name: NASTY, unit: NASTY, value: 1, default: 2, source: NASTY }],
          evidence: [evidence({ access: NASTY, raw: NASTY, reproduce: NASTY })],
          waiver: { justification: NASTY, approvedBy: NASTY, expires: NASTY, risk: NASTY },
          attestation: { by: NASTY, at: NASTY, until: NASTY, note: NASTY },
          remedy: NASTY,
          escalation: { level: 1, name: NASTY, contact: NASTY, responseTime: NASTY, channels: [NASTY] },
        }),
      ),
      measurements: sample.measurements.map((one) => ({ ...one, name: NASTY, unit: NASTY })),
      timeline: sample.timeline.map((one) => ({ ...one, phase: NASTY, event: NASTY, store: NASTY })),
      diagnostics: [{ area: NASTY, title: NASTY, reproduce: NASTY, file: NASTY }],
    }))
    const page = renderHtml(report)
    expect(page).not.toContain('<script')
    expect(page).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
    expect(misnested(page)).toEqual([])
  })

  it('links a remedy only to the web', () => {
    const remedy = '[bad](javascript:alert(1)) [good](https://docs.example.test) <b onclick="x()">raw</b>'
    const page = renderHtml(
      sampleReport((sample) => ({ ...sample, checks: [entry({ id: 'PRE-01', outcome: 'failed', remedy })] })),
    )
    expect(page).not.toMatch(/href="javascript|<b\b/)
    expect(page).toContain('href="https://docs.example.test"')
  })

  it('puts verdict and failures before everything else', () => {
    const order = [
      'class="banner failed"',
      'id="failed"',
      'id="unobserved"',
      'id="signatures"',
      'id="waived"',
      'id="runbook"',
      'id="measurements"',
      'id="recovery"',
      'id="provenance"',
    ]
    const places = order.map((part) => html.indexOf(part))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  it('tells of a failure cause, evidence, reproduce line, remedy and escalation, in this order', () => {
    const card = html.slice(html.indexOf('id="failed-PRE-11"'), html.indexOf('id="failed-POST-04"'))
    const order = [
      '>Cause<',
      'hooks.example.test: 6 days left',
      '>Limit<',
      'notAfter=2026-11-30',
      'openssl s_client',
      'sudo certbot renew',
      '>Escalation<',
      'On-call engineer',
    ]
    const places = order.map((part) => card.indexOf(part))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  it('names a root cause once, with its dependants', () => {
    const text = section('unobserved')
    expect(text.match(/no answer from 10\.0\.4\.12:9092/g)).toHaveLength(1)
    for (const id of ['DEP-20', 'DEP-21', 'POST-22', 'PERF-09']) expect(text).toContain(`href="#${id}"`)
  })

  it('has every line of the runbook in its own order, each with an anchor', () => {
    const ids = [...html.matchAll(/class="line[^"]*" id="([^"]+)"/g)].map(([, id]) => id)
    expect(ids).toEqual(sampleReport().checks.map(({ id }) => id))
    expect(new Set(html.match(/ id="[^"]+"/g)).size).toBe(html.match(/ id="[^"]+"/g)?.length)
  })

  it('links only to places that exist', () => {
    const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
    const links = [...html.matchAll(/href="#([^"]+)"/g)]
      .map(([, id]) => id)
      .filter((id) => !['PERF-05', 'RBK-10'].includes(id ?? ''))
    expect(links.filter((id) => !ids.has(id ?? ''))).toEqual([])
  })

  it('descends in its headings by one step at most', () => {
    const levels = [...html.matchAll(/<h([1-6])\b/g)].map(([, level]) => Number(level))
    expect(levels.filter((level, index) => index > 0 && level > (levels[index - 1] ?? 0) + 1)).toEqual([])
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
  })

  it('says PARTIAL, interrupted and what was not reached', () => {
    const page = renderHtml(partialReport())
    expect(page.indexOf('PARTIAL: 9 of 14 lines')).toBeLessThan(page.indexOf('<h1'))
    expect(page).toContain('The run did not end: this is what it had found so far.')
    expect(page).toContain('not reached')
    expect(page).toContain('not selected')
  })

  it('marks what a stand-in answered, and counts it', () => {
    expect(html).toContain('1 line answered by stand-ins, marked so')
    expect(section('suite-preflight') + html).toMatch(/PRE-02[\s\S]*?class="tag simulated"/)
  })

  it('shows repeated attempts as one, and a shared observation once', () => {
    const attempts = [1, 2, 3].map((attempt) => evidence({ attempt, raw: `attempt ${attempt}` }))
    const shared = evidence({ raw: 'shared '.repeat(100) })
    const checks = [
      entry({ id: 'PRE-01', evidence: attempts }),
      entry({ id: 'PRE-02', evidence: [shared] }),
      entry({ id: 'PRE-03', evidence: [shared] }),
    ]
    const page = renderHtml(sampleReport((sample) => ({ ...sample, checks })))
    expect(page).toContain('3 attempts since')
    expect(page).not.toContain('attempt 2')
    expect(page.match(/shared shared/g)).toHaveLength(50)
  })

  it.each([
    ['x', 2_000],
    ['x', 100_000],
    ['"', 20_000],
    ['\u0000', 20_000],
  ])('stays below 1.5 MB for a whole runbook where every answer is %j × %i', (char, bytes) => {
    expect(Buffer.byteLength(renderHtml(largeReport(320, bytes, char)))).toBeLessThan(1_500_000)
  })
})

describe('its contrast', () => {
  const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? ''
  const schemes = {
    light: style.slice(0, style.indexOf('@media')),
    dark: style.slice(style.indexOf('@media (prefers-color-scheme')),
  }

  it.each(Object.entries(schemes))('is at least 4.5 in the %s scheme', (_name, css) => {
    const colour = (name: string): string => new RegExp(`--${name}: (#[0-9a-f]{6})`).exec(css)?.[1] ?? ''
    const outcomes = ['passed', 'failed', 'unobserved', 'waived', 'skipped', 'pending']
    const pairs = [
      ...['ink', 'soft', 'link', ...outcomes].flatMap((ink) =>
        ['paper', 'ground', 'code'].map((ground) => [ink, ground] as const),
      ),
      ...outcomes.map((outcome) => [outcome, `${outcome}-bg`] as const),
    ]
    const weak = pairs.filter(([ink, ground]) => contrast(colour(ink), colour(ground)) < 4.5)
    expect(weak).toEqual([])
  })
})

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
