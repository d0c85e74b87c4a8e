import { createElement } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { Falsification } from '../falsification.ts'
import { duration, visibleLine } from '../text.ts'
import { type Content, h } from './element.ts'
import { facts, fold, pill, section, table, time } from './parts.ts'
import { policy } from './policy.ts'
import { STYLE } from './style.css.ts'

/** falsification.html: which fault turned which line red, in one file that needs no network and no script. */
export function renderFalsification(falsification: Falsification): string {
  const { holds, target, startedAt } = falsification
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
      h('title', null, `Falsification on ${visibleLine(target)}`),
      // The one place where text is not escaped: our own style sheet, whose hash the policy names.
      createElement('style', { dangerouslySetInnerHTML: { __html: STYLE } }),
    ),
    h(
      'body',
      null,
      h(
        'header',
        { class: `banner ${holds ? 'passed' : 'failed'}` },
        h(
          'div',
          null,
          falsification.selection === '' ? null : h('p', { class: 'partial' }, visibleLine(falsification.selection)),
          h('p', { class: 'kicker' }, 'Falsification, ', time(startedAt)),
          h('div', { class: 'verdict' }, h('h1', null, visibleLine(target)), pill(holds ? 'passed' : 'failed', 'stamp')),
          head(falsification),
        ),
      ),
      h('main', { id: 'content' }, problems(falsification), faults(falsification), lines(falsification), excused(falsification)),
    ),
  )
  return `<!doctype html>\n${renderToString(page)}\n`
}

function head({ faults: tried, lines: all, targets, durationMs, commit }: Falsification): Content {
  return facts([
    ['Faults', String(tried.length)],
    ['Lines seen red', `${all.filter(({ lastSeenRed }) => lastSeenRed !== null).length} of ${all.length}`],
    ['Lines seen unobserved', `${all.filter(({ lastSeenUnobserved }) => lastSeenUnobserved !== null).length} of ${all.length}`],
    ['Targets used', String(targets)],
    ['Took', duration(durationMs)],
    ['Commit', h('code', null, commit.slice(0, 12) || 'unknown')],
  ])
}

function problems({ problems: found }: Falsification): Content {
  if (found.length === 0) return null
  const rows = found.map(({ kind, fault, line, text }) => [kind, fault ?? '', line ?? '', visibleLine(text)])
  return section('problems', 'What does not hold', table(['Problem', 'Fault', 'Line', 'What was seen'], rows))
}

function faults({ faults: tried }: Falsification): Content {
  return section(
    'faults',
    'Every fault, and what noticed it',
    tried.map(({ id, title, ms, looked, cells }) => {
      const noticed = cells.filter(({ seen }) => seen === 'failed').map(({ line }) => line)
      const blind = cells.filter(({ seen }) => seen === 'unobserved')
      return fold(
        `${id}: ${visibleLine(title)}`,
        facts([
          ['Red', noticed.join(', ')],
          ['Unobserved', blind.map(({ line }) => line).join(', ')],
          ['Through', [...new Set(blind.map(({ cause }) => cause ?? ''))].map(visibleLine).join(', ')],
          ['Lines that looked', String(looked)],
          ['Took', duration(ms)],
        ]),
        table(
          ['Line', 'Expected', 'Seen', 'Reason'],
          cells.map(({ line, expected, seen, reason }) => [
            line,
            expected,
            pill(seen ?? 'none'),
            visibleLine(reason.slice(0, 300)),
          ]),
        ),
      )
    }),
  )
}

function lines({ lines: all }: Falsification): Content {
  const rows = all.map(({ id, suite, lastSeenRed, lastSeenUnobserved }) => [
    id,
    suite,
    lastSeenRed === null ? 'never' : [`${lastSeenRed.fault}, `, time(lastSeenRed.at)],
    lastSeenUnobserved === null ? 'never' : [`${lastSeenUnobserved.fault}, `, time(lastSeenUnobserved.at)],
  ])
  return section('lines', 'Every line, and when it was last seen', table(['Line', 'Suite', 'Red', 'Unobserved'], rows))
}

function excused({ excused: all }: Falsification): Content {
  if (all.length === 0) return null
  const rows = all.map(({ line, from, reason }) => [line, from, visibleLine(reason)])
  return section('excused', 'What cannot be shown here', table(['Line', 'From being', 'Because'], rows))
}
