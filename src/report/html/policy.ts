import { createHash } from 'node:crypto'
import { STYLE } from './style.css.ts'

/** What a page may load: nothing but its own style sheet, known by its hash. */
export function policy(): string {
  const hash = createHash('sha256').update(STYLE).digest('base64')
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
}
