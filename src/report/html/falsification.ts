import type { Falsification, FalsificationRun, LastSeen } from '../falsification.ts'
import { duration, visibleLine } from '../text.ts'
import { htmlDocument } from './document.ts'
import { type Content, fragment, h } from './element.ts'
import { facts, fold, pill, section, table, time } from './parts.ts'

type FaultRun = FalsificationRun['faults'][number]

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
        section('runs', 'The last falsification of each kind of target', runsTable(runs)),
        runs.map(problems),
        runs.map(faults),
        lines(falsification),
        excused(falsification),
      ),
    ),
  )
}

function head({ lines: all }: Falsification): Content {
  return facts([
    ['Lines seen red', `${all.filter(({ lastSeenRed }) => lastSeenRed !== null).length} of ${all.length}`],
    ['Lines seen unobserved', `${all.filter(({ lastSeenUnobserved }) => lastSeenUnobserved !== null).length} of ${all.length}`],
  ])
}

function runsTable(runs: readonly FalsificationRun[]): Content {
  const columns = ['Target', 'Verdict', 'Faults', 'Lines seen red', 'Targets at a time', 'Took', 'Begun', 'Commit', 'Selection']
  const rows = runs.map((run) => [
    visibleLine(run.target),
    pill(run.holds ? 'passed' : 'failed'),
    String(run.faults.length),
    `${new Set(run.faults.flatMap(({ cells }) => linesSeen(cells, 'failed'))).size} of ${run.lines}`,
    String(run.targets),
    duration(run.durationMs),
    time(run.startedAt),
    h('code', null, run.commit.slice(0, 10) || 'unknown'),
    run.selection === '' ? 'all faults' : shortened(visibleLine(run.selection), MOST_SELECTION),
  ])
  return table(columns, rows, { numeric: ['Faults', 'Lines seen red', 'Targets at a time', 'Took'] })
}

/** A list of faults that were asked for may name all of them. */
const MOST_SELECTION = 80

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text
}

function linesSeen(cells: FaultRun['cells'], outcome: 'failed' | 'unobserved'): string[] {
  return cells.filter(({ seen }) => seen === outcome).map(({ line }) => line)
}

function problems({ target, problems: found }: FalsificationRun): Content {
  if (found.length === 0) return null
  const rows = found.map(({ kind, fault, line, text }) => [kind, fault ?? '', lineId(line), visibleLine(text)])
  return section(
    `problems-${target}`,
    `What does not hold on ${visibleLine(target)}`,
    table(['Problem', 'Fault', 'Line', 'What was seen'], rows),
  )
}

function faults({ target, faults: tried, problems: found }: FalsificationRun): Content {
  const wrong = new Set(found.map(({ fault }) => fault))
  return section(
    `faults-${target}`,
    `Every fault on ${visibleLine(target)}, and what noticed it`,
    tried.map((fault) => faultFold(fault, !wrong.has(fault.id))),
  )
}

function faultFold(fault: FaultRun, isRight: boolean): Content {
  const { id, title, looked, cells } = fault
  const [red, blind] = [linesSeen(cells, 'failed'), linesSeen(cells, 'unobserved')]
  const noticed = [
    ...(red.length === 0 ? [] : [`red: ${few(red)}`]),
    ...(blind.length === 0 ? [] : [`unobserved: ${few(blind)}`]),
    ...(red.length + blind.length === 0 ? ['only just within a limit: everything stays green'] : []),
  ]
  const causes = cells.filter(({ seen }) => seen === 'unobserved').map(({ cause }) => visibleLine(cause ?? ''))
  return fold(
    `${isRight ? '✓' : '✕'} ${id}: ${visibleLine(title)} → ${noticed.join(' · ')}`,
    facts([
      ['Red', red.join(', ')],
      ['Unobserved', blind.join(', ')],
      ['Through', [...new Set(causes)].join(', ')],
      ['Lines that looked', String(looked)],
      ['Took', took(fault)],
    ]),
    table(
      ['Line', 'Expected', 'Seen', 'Reason'],
      cells.map(({ line, expected, seen, reason }) => [
        lineId(line),
        pill(expected),
        pill(seen ?? 'none'),
        visibleLine(shortened(reason, MOST_REASON)),
      ]),
    ),
  )
}

const MOST_REASON = 300
const FEW = 6

/** The first ones, and how many there are besides. */
function few(ids: readonly string[]): string {
  const more = ids.length - FEW
  return `${ids.slice(0, FEW).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function took({ ms, phases }: FaultRun): string {
  if (phases === undefined) return duration(ms)
  const { putMs, lookMs, healMs } = phases
  return `${duration(ms)}: ${duration(putMs)} until it was in, ${duration(lookMs)} to look, ${duration(healMs)} until nothing of it was left`
}

function lineId(id: string | null): Content {
  return h('span', { class: 'id' }, id ?? '')
}

function lines({ lines: all }: Falsification): Content {
  const rows = all.map(({ id, suite, lastSeenRed, lastSeenUnobserved }) => [
    lineId(id),
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
  const rows = all.map(({ line, from, reason }) => [lineId(line), from, visibleLine(reason)])
  return section('excused', 'What cannot be shown', table(['Line', 'From being', 'Because'], rows))
}
