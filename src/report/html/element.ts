import { type ComponentChildren, createElement, Fragment, type VNode } from 'preact'
import { visible } from '../text.ts'

/** Whatever may stand inside an element; text is escaped where it is rendered, and nothing in it can steer a reader. */
export type Content = ComponentChildren

/** An element by its HTML or SVG name, with attributes under their HTML names. */
export function h(
  name: string,
  attributes: Readonly<Record<string, string | number | boolean>> | null,
  ...children: Content[]
): VNode {
  const shown = Object.entries(attributes ?? {}).map(([key, value]) => [key, typeof value === 'string' ? visible(value) : value])
  return createElement(name, Object.fromEntries(shown), ...children.map(harmless)) as VNode
}

/** Content without an element around it. */
export function fragment(...children: Content[]): VNode {
  return createElement(Fragment, null, ...children.map(harmless)) as VNode
}

function harmless(content: Content): Content {
  if (typeof content === 'string') return visible(content)
  return Array.isArray(content) ? content.map(harmless) : content
}
