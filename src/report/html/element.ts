import { type ComponentChildren, createElement, Fragment, type VNode } from 'preact'

/** Whatever may stand inside an element; text is escaped where it is rendered. */
export type Content = ComponentChildren

/** An element by its HTML or SVG name, with attributes under their HTML names. */
export function h(
  name: string,
  attributes: Readonly<Record<string, string | number | boolean>> | null,
  ...children: Content[]
): VNode {
  return createElement(name, attributes ?? {}, ...children) as VNode
}

/** Content without an element around it. */
export function fragment(...children: Content[]): VNode {
  return createElement(Fragment, null, ...children) as VNode
}
