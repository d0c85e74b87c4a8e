import { scaleLinear } from 'd3-scale'
import type { VNode } from 'preact'
import type { Report, TimelineEvent } from '../model.ts'
import { duration, visibleLine } from '../text.ts'
import { type Frame, horizontalAxis, picture } from './axis.ts'
import { h } from './element.ts'
import { section, time } from './parts.ts'

const LANE = 30
const MARK_WIDTH = 20
/** A longer list of events is only told, not drawn: its numbers would cover one another. */
const MOST_DRAWN = 60

/** What happened when: a picture of each course of events, with a lane a phase, and the same as a list. */
export function recovery({ timeline }: Report): VNode | null {
  const [first] = timeline
  if (first === undefined) return null
  const begin = Date.parse(first.at)
  return section(
    'recovery',
    'Timeline',
    h(
      'figure',
      { class: 'card' },
      h('figcaption', { class: 'soft small' }, 'From ', time(first.at), `, ${timeline.length} events, numbered as in the list`),
      courses(timeline).map(lanes),
      h(
        'ol',
        { class: 'events' },
        timeline.map((event) => eventItem(event, begin)),
      ),
    ),
  )
}

function eventItem({ at, phase, event, store }: TimelineEvent, begin: number): VNode {
  return h(
    'li',
    null,
    h('strong', null, `+${duration(Date.parse(at) - begin)}`),
    ` ${visibleLine(phase)}: ${visibleLine(event)}`,
    store === '' ? null : [' ', h('span', { class: 'tag' }, visibleLine(store))],
  )
}

/** An event with its number in the list. */
type Numbered = TimelineEvent & { readonly number: number }

/** Several drills are courses of their own, which their phases name before a colon; each is drawn from its own beginning. */
function courses(timeline: readonly TimelineEvent[]): Numbered[][] {
  const numbered = timeline.map((event, index) => ({ ...event, number: index + 1 }))
  const apart = [...Map.groupBy(numbered, ({ phase }) => /^([^:]+): /.exec(phase)?.[1]).values()]
  return apart.filter((events) => events.length <= MOST_DRAWN)
}

function lanes(timeline: readonly Numbered[]): VNode {
  const begin = Math.min(...timeline.map(({ at }) => Date.parse(at)))
  const phases = [...new Set(timeline.map(({ phase }) => phase))]
  const frame: Frame = { width: 1_140, height: phases.length * LANE + 56, left: 210, right: 24, top: 8, bottom: 44 }
  const last = Math.max(...timeline.map(({ at }) => Date.parse(at))) - begin
  const x = scaleLinear([0, Math.max(1, last) / 1_000], [frame.left + 12, frame.width - frame.right - 12])
  const y = (phase: string): number => frame.top + phases.indexOf(phase) * LANE + LANE / 2
  return picture(
    frame,
    `timeline of ${timeline.length} events in the phases ${phases.join(', ')}`,
    phases.flatMap((phase) => [
      h('line', { class: 'lane', x1: frame.left, x2: frame.width - frame.right, y1: y(phase), y2: y(phase) }),
      h('text', { class: 'end ink', x: frame.left - 10, y: y(phase), dy: '0.32em' }, visibleLine(phase).slice(0, 34)),
    ]),
    horizontalAxis(x, frame, 'seconds'),
    spread(timeline, x, begin, frame.width - frame.right - 12).flatMap(({ at, number, phase }) => [
      h('circle', { class: 'event', cx: at.toFixed(1), cy: y(phase), r: 9 }),
      h('text', { class: number < 100 ? 'number' : 'number long', x: at.toFixed(1), y: y(phase), dy: '0.35em' }, number),
    ]),
  )
}

/** Where each event is drawn: at its time, or beside the neighbours of its lane that it would cover, never outside of the picture. */
function spread(timeline: readonly Numbered[], x: (seconds: number) => number, begin: number, end: number): Mark[] {
  const marks = timeline.map(({ at, phase, number }) => ({ at: x((Date.parse(at) - begin) / 1_000), number, phase }))
  const earliest = new Map<string, number>()
  for (const mark of marks) {
    mark.at = Math.max(mark.at, earliest.get(mark.phase) ?? 0)
    earliest.set(mark.phase, mark.at + MARK_WIDTH)
  }
  const latest = new Map<string, number>()
  for (const mark of marks.toReversed()) {
    mark.at = Math.min(mark.at, latest.get(mark.phase) ?? end)
    latest.set(mark.phase, mark.at - MARK_WIDTH)
  }
  return marks
}

interface Mark {
  readonly at: number
  readonly number: number
  readonly phase: string
}
