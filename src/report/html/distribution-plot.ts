import { scaleLinear } from 'd3-scale'
import type { VNode } from 'preact'
import type { Measurement } from '../model.ts'
import { amount } from '../text.ts'
import { type Frame, horizontalAxis, picture, reach, verticalAxis } from './axis.ts'
import { h } from './element.ts'

const FRAME: Frame = { width: 560, height: 230, left: 52, right: 12, top: 24, bottom: 38 }
const BINS = 28

/** How many samples took how long, with the measured value and the limit. */
export function distributionPlot({ name, unit, value, limit, series }: Measurement): VNode {
  const values = series.map(([, sample]) => sample)
  const { end, showsLimit } = reach(Math.max(value, ...values), limit)
  const x = scaleLinear([0, end], [FRAME.left, FRAME.width - FRAME.right])
  const bins = binned(values, x.domain()[1] ?? 1)
  const y = scaleLinear([0, Math.max(1, ...bins)], [FRAME.height - FRAME.bottom, FRAME.top]).nice()
  const step = (FRAME.width - FRAME.left - FRAME.right) / BINS
  const bars = bins.flatMap((count, index) =>
    count === 0
      ? []
      : [
          h('rect', {
            class: 'bar',
            x: (FRAME.left + index * step + 0.5).toFixed(1),
            y: y(count).toFixed(1),
            width: (step - 1).toFixed(1),
            height: (y(0) - y(count)).toFixed(1),
          }),
        ],
  )
  return picture(
    FRAME,
    `distribution of ${name}: value ${amount(value, unit)}${limit === null ? '' : `, limit ${amount(limit, unit)}`}`,
    verticalAxis(y, FRAME, 'samples'),
    horizontalAxis(x, FRAME, unit),
    bars,
    mark('value', x(value), amount(value, unit), 12),
    limit !== null && showsLimit ? mark('limit', x(limit), `limit ${amount(limit, unit)}`, 26) : null,
  )
}

function binned(values: readonly number[], greatest: number): number[] {
  const bins = Array.from({ length: BINS }, () => 0)
  for (const value of values) {
    const index = Math.min(BINS - 1, Math.floor((value / greatest) * BINS))
    bins[index] = (bins[index] ?? 0) + 1
  }
  return bins
}

function mark(kind: 'value' | 'limit', x: number, text: string, y: number): VNode[] {
  const isRight = x > FRAME.width * 0.75
  return [
    h('line', { class: kind, x1: x.toFixed(1), x2: x.toFixed(1), y1: FRAME.top - 8, y2: FRAME.height - FRAME.bottom }),
    h(
      'text',
      { class: `${kind === 'limit' ? 'limit-text' : 'ink'} ${isRight ? 'end' : ''}`, x: (x + (isRight ? -5 : 5)).toFixed(1), y },
      text,
    ),
  ]
}
