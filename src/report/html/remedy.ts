import type { Nodes } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { type Content, fragment, h } from './element.ts'

/** A remedy's Markdown as elements. Raw HTML in it is shown as text, and only links to the web or within a page stay links. */
export function remedy(markdown: string): Content {
  return convert(fromMarkdown(markdown))
}

function convert(node: Nodes): Content {
  switch (node.type) {
    case 'root':
      return fragment(node.children.map(convert))
    case 'paragraph':
      return h('p', null, node.children.map(convert))
    case 'heading':
      return h('p', null, h('strong', null, node.children.map(convert)))
    case 'blockquote':
      return h('blockquote', null, node.children.map(convert))
    case 'list':
      return h(node.ordered === true ? 'ol' : 'ul', null, node.children.map(convert))
    case 'listItem':
      return h('li', null, node.children.map(convert))
    case 'emphasis':
      return h('em', null, node.children.map(convert))
    case 'strong':
      return h('strong', null, node.children.map(convert))
    case 'link':
      return /^(?:https?:|#)/.test(node.url)
        ? h('a', { href: node.url, rel: 'noreferrer' }, node.children.map(convert))
        : fragment(node.children.map(convert))
    case 'inlineCode':
      return h('code', null, node.value)
    case 'code':
      return h('pre', { class: 'shell' }, node.value)
    case 'break':
      return h('br', null)
    case 'text':
    case 'html':
      return node.value
    default:
      return 'children' in node ? fragment(node.children.map(convert)) : null
  }
}
