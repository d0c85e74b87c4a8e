import { scaleLinear } from 'd3-scale'
import type { VNode } from 'preact'
import type { Measurement, Report } from '../model.ts'
import { duration, visibleLine } from '../text.ts'
import { type Frame, horizontalAxis, picture, reach } from './axis.ts'
import { h } from './element.ts'
import { lineLink, section } from './parts.ts'

const ROW = 26
const BAR = 15
/** As many shades the style sheet has for parts that follow one another. */
const SHADES = 4

/** One bar of a picture: a span of time, in milliseconds, with the parts that it is made of. */
interface Bar {
  readonly check: string
  readonly label: string
  readonly ms: number
  readonly limit: number | null
  readonly parts: readonly { readonly name: string; readonly ms: number }[]
  /** False where there was nothing to measure. */
  readonly isThere: boolean
}

/** How long each drill's recovery took, by what it went into, and how much each store lost, beside their limits. */
export function recoveryFigures({ measurements }: Report): VNode | null {
  const times = timesOf(measurements)
  const points = pointsOf(measurements)
  return section(
    'objectives',
    'Recovery time and recovery point',
    times.length === 0
      ? null
      : figure('Recovery time: from the detection to the first hook stored correctly', times, legend(times)),
    points.length === 0 ? null : figure('Recovery point: the span of hooks that each store lost', points, null),
  )
}

/** `rollback.rto (drill)`, and the parts of it as `rollback.rto.1 name (drill)`. */
function timesOf(all: readonly Measurement[]): Bar[] {
  return all.flatMap(({ check, name, value, limit, sampleCount }) => {
    const drill = /^rollback\.rto(?: \((.+)\))?$/.exec(name)
    if (drill === null) return []
    const parts = all.flatMap((one) => {
      const part = /^rollback\.rto\.\d+ (.+?)(?: \(([^()]+)\))?$/.exec(one.name)
      return part !== null && part[2] === drill[1] ? [{ name: part[1] ?? '', ms: one.value }] : []
    })
    return [{ check, label: drill[1] ?? 'first drill', ms: value, limit, parts, isThere: sampleCount > 0 }]
  })
}

function pointsOf(all: readonly Measurement[]): Bar[] {
  return all.flatMap(({ check, name, value, limit, sampleCount }) => {
    const [, store, drill = 'first drill'] = /^rollback\.rpo\.(\S+)(?: \((.+)\))?$/.exec(name) ?? []
    if (store === undefined) return []
    return [{ check, label: `${drill}: ${store}`, ms: value, limit, parts: [], isThere: sampleCount > 0 }]
  })
}

function figure(caption: string, bars: readonly Bar[], explained: VNode | null): VNode {
  const checks = [...new Set(bars.map(({ check }) => check))]
  const links = checks.flatMap((check) => [' ', lineLink(check)])
  return h(
    'figure',
    { class: 'card' },
    h('figcaption', null, h('strong', null, caption), ...links),
    bands(caption, bars),
    explained,
  )
}

function bands(caption: string, bars: readonly Bar[]): VNode {
  const frame: Frame = { width: 1_140, height: bars.length * ROW + 72, left: 190, right: 110, top: 22, bottom: 44 }
  const limits = [...new Set(bars.flatMap(({ limit }) => limit ?? []))]
  const limit = limits.length === 0 ? null : Math.min(...limits)
  const { end, showsLimit } = reach(Math.max(...bars.map(({ ms }) => ms)), limit)
  const x = scaleLinear([0, end / 1_000], [frame.left, frame.width - frame.right])
  const y = (index: number): number => frame.top + index * ROW + (ROW - BAR) / 2
  return picture(
    frame,
    `${caption}: ${bars.map(({ label, ms }) => `${label} ${duration(ms)}`).join(', ')}`,
    horizontalAxis(x, frame, 'seconds'),
    bars.flatMap((bar, index) => [
      h(
        'text',
        { class: 'end ink', x: frame.left - 8, y: y(index) + BAR / 2, dy: '0.32em' },
        visibleLine(bar.label).slice(0, 28),
      ),
      ...segments(bar, x, y(index)),
      h(
        'text',
        { class: 'ink', x: (x(bar.ms / 1_000) + 6).toFixed(1), y: y(index) + BAR / 2, dy: '0.32em' },
        bar.isThere ? duration(bar.ms) : 'not measured',
      ),
    ]),
    limit === null ? null : limitMark(limit, showsLimit ? x(limit / 1_000) : undefined, frame),
  )
}

function segments({ ms, parts }: Bar, x: (seconds: number) => number, y: number): VNode[] {
  let from = 0
  return (parts.length === 0 ? [{ name: '', ms }] : parts).flatMap((part, index) => {
    const [left, right] = [x(from / 1_000), x((from + part.ms) / 1_000)]
    from += part.ms
    if (right - left < 0.1) return []
    const box = { x: left.toFixed(1), y, width: (right - left).toFixed(1), height: BAR }
    const shade = h('rect', { class: `bar shade-${index % SHADES}`, ...box })
    const isWide = parts.length > 0 && right - left > 14
    if (!isWide) return [shade]
    return [shade, h('text', { class: 'number', x: ((left + right) / 2).toFixed(1), y: y + BAR / 2, dy: '0.35em' }, index + 1)]
  })
}

function limitMark(limit: number, at: number | undefined, { width, right, top, height, bottom }: Frame): VNode[] {
  const text = `limit ${duration(limit)}`
  if (at === undefined) return [h('text', { class: 'limit-text end', x: width - right, y: top - 8 }, `${text}, far beyond`)]
  return [
    h('line', { class: 'limit', x1: at.toFixed(1), x2: at.toFixed(1), y1: top - 4, y2: height - bottom }),
    h('text', { class: 'limit-text end', x: (at - 5).toFixed(1), y: top - 8 }, text),
  ]
}

/** What the numbers in the bars mean, with the time of each, drill by drill. */
function legend(bars: readonly Bar[]): VNode | null {
  const told = bars.filter(({ parts }) => parts.length > 0)
  if (told.length === 0) return null
  const words = ({ label, parts }: Bar): string =>
    `${visibleLine(label)}: ${parts.map(({ name, ms }, index) => `${index + 1} ${visibleLine(name)} ${duration(ms)}`).join(' · ')}`
  return h(
    'ul',
    { class: 'soft small' },
    told.map((bar) => h('li', null, words(bar))),
  )
}
