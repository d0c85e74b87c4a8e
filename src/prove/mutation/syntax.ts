import { parseAst } from 'vitest/node'

/** A node of a syntax tree, as far as mutations look at it: its type, where it stands in the text, and its members by name. */
export interface Syntax {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [member: string]: unknown
}

/** The tree of a TypeScript file. @throws Error where the text is none. */
export function syntaxOf(text: string): Syntax {
  return parseAst(text, { lang: 'ts' }) as unknown as Syntax
}

export function isSyntax(value: unknown): value is Syntax {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** The node and all below it, in the order of the text; what only concerns types is left out, since it is not run. */
export function* walk(node: Syntax): Generator<Syntax> {
  if (node.type.startsWith('TS') && !RUNS.has(node.type)) return
  yield node
  for (const member of Object.values(node)) {
    for (const child of Array.isArray(member) ? member : [member]) if (isSyntax(child)) yield* walk(child)
  }
}

/** Types' words around an expression that is run all the same. */
const RUNS = new Set(['TSAsExpression', 'TSSatisfiesExpression'])
