import { scaleLinear } from 'd3-scale'
import { line } from 'd3-shape'
import type { VNode } from 'preact'
import type { Measurement } from '../model.ts'
import { amount } from '../text.ts'
import { type Frame, horizontalAxis, picture, reach, verticalAxis } from './axis.ts'
import { h } from './element.ts'

const FRAME: Frame = { width: 560, height: 230, left: 52, right: 12, top: 24, bottom: 38 }
/** More marks than pixels show nothing more and cost bytes. */
const MOST_MARKS = 500
/** Single requests are marks; what was sampled at intervals is a line. */
const UNIT_OF_SINGLE_EVENTS = 'ms'

/** Every sample over time, with the limit. */
export function seriesPlot({ name, unit, limit, series }: Measurement): VNode {
  const shown = thinned(series)
  const x = scaleLinear([0, Math.max(0.001, ...shown.map(([ms]) => ms / 1_000))], [FRAME.left, FRAME.width - FRAME.right])
  const { end, showsLimit } = reach(Math.max(...shown.map(([, value]) => value)), limit)
  const y = scaleLinear([0, end], [FRAME.height - FRAME.bottom, FRAME.top]).nice()
  const path = line<readonly [number, number]>(
    ([ms]) => x(ms / 1_000),
    ([, value]) => y(value),
  ).digits(1)
  const marks =
    unit === UNIT_OF_SINGLE_EVENTS
      ? shown.map(([ms, value]) => h('circle', { class: 'dot', cx: x(ms / 1_000).toFixed(1), cy: y(value).toFixed(1), r: 2.2 }))
      : [h('path', { class: 'trace', d: path(shown) ?? '' })]
  return picture(
    FRAME,
    `${name} over time, ${series.length} samples`,
    verticalAxis(y, FRAME, unit),
    horizontalAxis(x, FRAME, 'seconds'),
    marks,
    limit === null ? null : showsLimit ? limitLine(limit, unit, y) : limitBeyond(limit, unit),
  )
}

/** At most so many samples, the greatest of each stretch: a spike must not be thinned away. */
function thinned(series: Measurement['series']): Measurement['series'] {
  if (series.length <= MOST_MARKS) return series
  const stretch = Math.ceil(series.length / MOST_MARKS)
  return Array.from({ length: Math.ceil(series.length / stretch) }, (_, index) =>
    series.slice(index * stretch, (index + 1) * stretch).reduce((greatest, one) => (one[1] > greatest[1] ? one : greatest)),
  )
}

function limitLine(limit: number, unit: string, y: (value: number) => number): VNode[] {
  const at = y(limit)
  return [
    h('line', { class: 'limit', x1: FRAME.left, x2: FRAME.width - FRAME.right, y1: at.toFixed(1), y2: at.toFixed(1) }),
    h('text', { class: 'limit-text end', x: FRAME.width - FRAME.right, y: (at - 5).toFixed(1) }, `limit ${amount(limit, unit)}`),
  ]
}

function limitBeyond(limit: number, unit: string): VNode[] {
  const text = `limit ${amount(limit, unit)}, far above`
  return [h('text', { class: 'limit-text end', x: FRAME.width - FRAME.right, y: FRAME.top - 8 }, text)]
}
