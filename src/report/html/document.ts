import { createElement, type VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { visibleLine } from '../text.ts'
import { h } from './element.ts'
import { policy } from './policy.ts'
import { STYLE } from './style.css.ts'

/** A whole page in one file that needs no network and no script, and may load nothing. */
export function htmlDocument(title: string, body: VNode): string {
  const page = h(
    'html',
    { lang: 'en' },
    h(
      'head',
      null,
      h('meta', { charset: 'utf-8' }),
      h('meta', { 'http-equiv': 'Content-Security-Policy', content: policy() }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { name: 'color-scheme', content: 'light dark' }),
      h('meta', { name: 'referrer', content: 'no-referrer' }),
      h('title', null, visibleLine(title)),
      // The one place where text is not escaped: our own style sheet, whose hash the policy names.
      createElement('style', { dangerouslySetInnerHTML: { __html: STYLE } }),
    ),
    h('body', null, body),
  )
  return `<!doctype html>\n${renderToString(page)}\n`
}
