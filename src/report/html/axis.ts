import type { VNode } from 'preact'
import { h } from './element.ts'

/** Where the plot lies within its picture, in pixels of the view box. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** What the axes need of a d3 scale. */
export interface TickScale {
  (value: number): number
  ticks(count?: number): number[]
  tickFormat(count?: number): (value: number) => string
}

/** The end of a scale: a limit is part of the picture unless it would press the samples flat. */
export function reach(greatest: number, limit: number | null): { readonly end: number; readonly showsLimit: boolean } {
  const end = greatest > 0 ? greatest * 1.06 : 1
  if (limit === null || limit > end * 3) return { end, showsLimit: false }
  return { end: Math.max(end, limit * 1.06), showsLimit: true }
}

/** A picture with a title for those who cannot see it. */
export function picture({ width, height }: Frame, label: string, ...children: (VNode | VNode[] | null)[]): VNode {
  return h('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label }, ...children)
}

/** Horizontal grid lines with their values at the left. */
export function verticalAxis(scale: TickScale, { left, right, width, top }: Frame, unit: string): VNode[] {
  const format = scale.tickFormat(5)
  const lines = scale.ticks(5).flatMap((tick) => {
    const y = scale(tick).toFixed(1)
    return [
      h('line', { class: 'grid', x1: left, x2: width - right, y1: y, y2: y }),
      h('text', { class: 'end', x: left - 6, y, dy: '0.32em' }, format(tick)),
    ]
  })
  return [...lines, h('text', { class: 'end', x: left - 6, y: top - 8 }, unit)]
}

/** The base line with ticks below it. */
export function horizontalAxis(scale: TickScale, { left, right, width, height, bottom }: Frame, unit: string): VNode[] {
  const y = height - bottom
  const format = scale.tickFormat(6)
  const ticks = scale.ticks(6).map((tick) => h('text', { class: 'middle', x: scale(tick).toFixed(1), y: y + 16 }, format(tick)))
  return [
    h('line', { class: 'axis', x1: left, x2: width - right, y1: y, y2: y }),
    ...ticks,
    h('text', { class: 'end', x: width - right, y: y + 30 }, unit),
  ]
}
