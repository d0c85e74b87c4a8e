import { createElement, type VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { Report } from '../model.ts'
import { visibleLine } from '../text.ts'
import { blindSpots, signatures, waivers } from './blind-spots.ts'
import { comparison } from './comparison.ts'
import { fragment, h } from './element.ts'
import { evidenceView } from './evidence.ts'
import { failures } from './failures.ts'
import { banner } from './header.ts'
import { measurements } from './measurements.ts'
import { time } from './parts.ts'
import { policy } from './policy.ts'
import { provenance } from './provenance.ts'
import { runbook } from './runbook.ts'
import { STYLE } from './style.css.ts'
import { recovery } from './timeline.ts'

/** index.html: the whole report in one file that needs no network and no script, and may load nothing. */
export function renderHtml(report: Report): string {
  const { target, verdict, run } = report
  const title = [run.ticket, verdict.toUpperCase(), `runbook on ${target.name}`, run.selection]
    .filter((part) => part !== '')
    .join(' · ')
  const page = h(
    'html',
    { lang: 'en' },
    h(
      'head',
      null,
      h('meta', { charset: 'utf-8' }),
      h('meta', { 'http-equiv': 'Content-Security-Policy', content: policy() }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      h('meta', { name: 'referrer', content: 'no-referrer' }),
      h('title', null, visibleLine(title)),
      // The one place where text is not escaped: our own style sheet, whose hash the policy names.
      createElement('style', { dangerouslySetInnerHTML: { __html: STYLE } }),
    ),
    h('body', null, body(report)),
  )
  return `<!doctype html>\n${renderToString(page)}\n`
}

function body(report: Report): VNode {
  const view = evidenceView(report)
  return fragment(
    h('a', { class: 'skip', href: '#content' }, 'Skip to what was found'),
    banner(report),
    h(
      'main',
      { id: 'content' },
      comparison(report),
      failures(report, view),
      blindSpots(report),
      signatures(report),
      waivers(report),
      runbook(report, view),
      measurements(report),
      recovery(report),
      provenance(report),
    ),
    h(
      'footer',
      null,
      h(
        'p',
        null,
        `Run ${report.run.id}, started `,
        time(report.run.startedAt),
        `. Raw answers are cut to ${view.capBytes} bytes here and whole in report.json beside this file. All times are UTC.`,
      ),
    ),
  )
}
