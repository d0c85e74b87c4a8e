import type { VNode } from 'preact'
import type { Measurement, Report } from '../model.ts'
import { amount, visibleLine } from '../text.ts'
import { distributionPlot } from './distribution-plot.ts'
import { h } from './element.ts'
import { lineLink, section, table } from './parts.ts'
import { seriesPlot } from './series-plot.ts'

/** Fewer samples make no picture. */
const ENOUGH_TO_PLOT = 5
/** Fewer samples make no distribution. */
const ENOUGH_TO_DISTRIBUTE = 20

/** Every measured figure with its limit, and pictures of those with a series. */
export function measurements(report: Report): VNode | null {
  if (report.measurements.length === 0) return null
  const plotted = distinctSeries(report.measurements.filter(({ series }) => series.length >= ENOUGH_TO_PLOT))
  return section('measurements', 'Measurements', plotted.map(plot), h('div', { class: 'card' }, figures(report.measurements)))
}

/** p50, p95 and p99 of one load are figures of one series: it is drawn once, for the figure that has a limit. */
function distinctSeries(all: readonly Measurement[]): Measurement[] {
  const groups = Map.groupBy(all, ({ check, unit, series }) =>
    JSON.stringify([check, unit, series.length, series[0], series.at(-1)]),
  )
  return [...groups.values()].flatMap((group) => group.find(({ limit }) => limit !== null) ?? group[0] ?? [])
}

function plot(measurement: Measurement): VNode {
  const { check, name, unit, value, limit, sampleCount, series } = measurement
  const caption = `${visibleLine(name)}: ${amount(value, unit)}${limit === null ? '' : `, limit ${amount(limit, unit)}`}, ${sampleCount} samples`
  return h(
    'figure',
    { class: 'card' },
    h('figcaption', null, lineLink(check), ' ', h('strong', null, caption)),
    h(
      'div',
      { class: 'pair' },
      h('div', null, seriesPlot(measurement)),
      unit === 'ms' && series.length >= ENOUGH_TO_DISTRIBUTE ? h('div', null, distributionPlot(measurement)) : null,
    ),
  )
}

function figures(all: readonly Measurement[]): VNode {
  return table(
    ['Line', 'Measured', 'Value', 'Limit', 'Samples'],
    all.map(({ check, name, unit, value, limit, sampleCount }) => [
      lineLink(check),
      visibleLine(name),
      amount(value, unit),
      limit === null ? 'none' : amount(limit, unit),
      sampleCount,
    ]),
    { numeric: ['Value', 'Limit', 'Samples'] },
  )
}
