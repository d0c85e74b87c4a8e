import type { Falsification, FalsificationRun, LastSeen } from '../falsification.ts'
import { duration, visibleLine } from '../text.ts'
import { htmlDocument } from './document.ts'
import { type Content, fragment, h } from './element.ts'
import { facts, fold, pill, section, table, time } from './parts.ts'

/** falsification.html: which fault turned which line red, in one file that needs no network and no script. */
export function renderFalsification(falsification: Falsification): string {
  const { runs } = falsification
  const holds = runs.every((run) => run.holds)
  const names = runs.map(({ target }) => visibleLine(target)).join(' and ')
  const title = `Falsification on ${runs.map(({ target }) => target).join(' and ')}`
  return htmlDocument(
    title,
    fragment(
      h(
        'header',
        { class: `banner ${holds ? 'passed' : 'failed'}` },
        h(
          'div',
          null,
          h('p', { class: 'kicker' }, 'Falsification'),
          h('div', { class: 'verdict' }, h('h1', null, names), pill(holds ? 'passed' : 'failed', 'stamp')),
          head(falsification),
        ),
      ),
      h(
        'main',
        { id: 'content' },
        runs.map((run) => [problems(run), faults(run)]),
        lines(falsification),
        excused(falsification),
      ),
    ),
  )
}

function head({ runs, lines: all }: Falsification): Content {
  return facts([
    ...runs.map((run): [string, Content] => [visibleLine(run.target), told(run)]),
    ['Lines seen red', `${all.filter(({ lastSeenRed }) => lastSeenRed !== null).length} of ${all.length}`],
    ['Lines seen unobserved', `${all.filter(({ lastSeenUnobserved }) => lastSeenUnobserved !== null).length} of ${all.length}`],
  ])
}

function told({ faults: tried, startedAt, durationMs, targets, commit, holds, selection }: FalsificationRun): Content {
  return [
    holds ? 'holds' : 'does not hold',
    selection === '' ? '' : ` (${visibleLine(selection)})`,
    `: ${tried.length} faults in ${duration(durationMs)} on ${targets} ${targets === 1 ? 'target' : 'targets'}, `,
    time(startedAt),
    ', commit ',
    h('code', null, commit.slice(0, 12) || 'unknown'),
  ]
}

function problems({ target, problems: found }: FalsificationRun): Content {
  if (found.length === 0) return null
  const rows = found.map(({ kind, fault, line, text }) => [kind, fault ?? '', line ?? '', visibleLine(text)])
  return section(
    `problems-${target}`,
    `What does not hold on ${visibleLine(target)}`,
    table(['Problem', 'Fault', 'Line', 'What was seen'], rows),
  )
}

function faults({ target, faults: tried }: FalsificationRun): Content {
  return section(
    `faults-${target}`,
    `Every fault on ${visibleLine(target)}, and what noticed it`,
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
    sighting(lastSeenRed),
    sighting(lastSeenUnobserved),
  ])
  return section('lines', 'Every line, and when it was last seen', table(['Line', 'Suite', 'Red', 'Unobserved'], rows))
}

function sighting(seen: LastSeen | null): Content {
  return seen === null ? 'never' : [`${seen.fault} on ${visibleLine(seen.target)}, `, time(seen.at)]
}

function excused({ excused: all }: Falsification): Content {
  if (all.length === 0) return null
  const rows = all.map(({ line, from, reason }) => [line, from, visibleLine(reason)])
  return section('excused', 'What cannot be shown', table(['Line', 'From being', 'Because'], rows))
}
