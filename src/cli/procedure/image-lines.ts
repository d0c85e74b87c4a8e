import { isScalar, LineCounter, parseDocument } from 'yaml'
import type { ImageLine } from '../../procedures/script/site.ts'

/**
 * Where a compose file names the image of each service, where that is a plain text on one line of its own service; what is put
 * together from variables, or taken over from another place of the file, is left out.
 */
export function imageLines(text: string): Record<string, ImageLine> {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const services: unknown = document.toJS({ maxAliasCount: 1_000 })?.services
  if (typeof services !== 'object' || services === null) return {}
  return Object.fromEntries(
    Object.keys(services).flatMap((service) => {
      const node = document.getIn(['services', service, 'image'], true)
      if (!isScalar(node) || typeof node.value !== 'string' || node.range == null) return []
      const [from, to] = node.range
      const written = text.slice(from, to)
      const isPlain = !written.includes('\n') && !node.value.includes('$') && written.includes(node.value)
      return isPlain ? [[service, { line: counter.linePos(from).line, text: node.value }]] : []
    }),
  )
}
