import { visible } from './text.ts'

/** An element with escaped attributes and content; a child is an element, or text to be escaped. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string | number>>
  readonly children: readonly (Element | string)[]
}

/** Makes an element. */
export function element(name: string, attributes: Element['attributes'], ...children: Element['children']): Element {
  return { name, attributes, children }
}

/** The document of that root element, with the characters that XML 1.0 forbids made visible. */
export function xmlDocument(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${render(root, '')}\n`
}

function render({ name, attributes, children }: Element, indent: string): string {
  const open = `${indent}<${name}${Object.entries(attributes).map(attribute).join('')}`
  if (children.length === 0) return `${open}/>`
  if (children.every((child) => typeof child === 'string')) return `${open}>${children.map(escapeText).join('')}</${name}>`
  const inner = children.map((child) => (typeof child === 'string' ? escapeText(child) : render(child, `${indent}  `)))
  return `${open}>\n${inner.join('\n')}\n${indent}</${name}>`
}

function attribute([name, value]: [string, string | number]): string {
  return ` ${name}="${escapeText(String(value)).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')}"`
}

function escapeText(text: string): string {
  return visible(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
