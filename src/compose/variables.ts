/** A variable that the file wants from the environment file. */
export interface ComposeVariable {
  readonly name: string
  /** Used where it has neither a default nor an alternative. */
  readonly isRequired: boolean
}

/** `$$`, `$NAME`, or `${NAME}` with `:-`, `-`, `:+`, `+`, `:?` or `?` and a word, which may hold another reference. */
const REFERENCE = /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])((?:[^{}]|\{[^{}]*\})*))?\})/g

/** Every variable that the text refers to; required where one of its uses has nothing to fall back to. */
export function variablesIn(text: string): ComposeVariable[] {
  const required = new Map<string, boolean>()
  for (const [, escaped, bare, braced, operator = ''] of text.matchAll(REFERENCE)) {
    const name = bare ?? braced
    if (escaped !== undefined || name === undefined) continue
    const hasFallback = operator.endsWith('-') || operator.endsWith('+')
    required.set(name, (required.get(name) ?? false) || !hasFallback)
  }
  return [...required].map(([name, isRequired]) => ({ name, isRequired }))
}

/** Puts values in the place of references, as compose does; a variable without value becomes empty. */
export function interpolated(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(REFERENCE, (_, escaped?: string, bare?: string, braced?: string, operator = '', word = '') => {
    if (escaped !== undefined) return '$'
    const value = values.get(bare ?? braced ?? '')
    const counts = value !== undefined && !(operator.startsWith(':') && value === '')
    if (operator.endsWith('+')) return counts ? interpolated(word, values) : ''
    if (counts) return value
    return operator.endsWith('-') ? interpolated(word, values) : ''
  })
}

/** References inside values are replaced; those in keys are not references. */
export function withValues(node: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof node === 'string') return interpolated(node, values)
  if (Array.isArray(node)) return node.map((item) => withValues(item, values))
  if (node === null || typeof node !== 'object') return node
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withValues(value, values)]))
}
