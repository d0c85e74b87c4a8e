import { isSyntax, type Syntax, syntaxOf, walk } from './syntax.ts'

/** One change of one file that breaks it on purpose. */
export interface Mutation {
  readonly kind: Kind
  readonly start: number
  readonly end: number
  /** What stood there, and what stands there instead. */
  readonly from: string
  readonly to: string
}

/** The ways to break a check that reviews overlook. */
export const KINDS = [
  'inverted comparison',
  'moved boundary',
  'dropped await',
  'widened limit',
  'swallowed error',
  'replaced pattern',
  'off by one',
  'empty list',
  'removed assertion',
  'swapped condition',
] as const
export type Kind = (typeof KINDS)[number]

type Found = { readonly node: Syntax; readonly to: string } | undefined
type Finder = (node: Syntax, source: string) => Found

const INVERTED: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
}
const MOVED: Readonly<Record<string, string>> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' }
const LISTS = new Set(['map', 'flatMap', 'filter', 'slice', 'sort', 'toSorted'])

const FINDERS: Readonly<Record<Kind, Finder>> = {
  'inverted comparison': (node, source) => withOperator(node, source, INVERTED),
  'moved boundary': (node, source) => withOperator(node, source, MOVED),
  'dropped await': (node, source) => (node.type === 'AwaitExpression' ? { node, to: textOf(node.argument, source) } : undefined),
  'widened limit': widened,
  'swallowed error': (node) => (node.type === 'ThrowStatement' ? { node, to: ';' } : undefined),
  'replaced pattern': (node) =>
    node.type === 'Literal' && node.regex !== undefined && node.regex !== null ? { node, to: '/(?:)/' } : undefined,
  'off by one': (node, source) =>
    node.type === 'BinaryExpression' && /^[+-]$/.test(String(node.operator)) && numberOf(node.right) === 1
      ? { node, to: textOf(node.left, source) }
      : undefined,
  'empty list': (node) => {
    const given =
      node.type === 'ReturnStatement' ? node.argument : node.type === 'ArrowFunctionExpression' ? node.body : undefined
    return isSyntax(given) && isList(given) ? { node: given, to: '[]' } : undefined
  },
  'removed assertion': (node) => {
    const asserted =
      node.type === 'ExpressionStatement' ? node.expression : node.type === 'ArrowFunctionExpression' ? node.body : undefined
    return isSyntax(asserted) && rootCallee(asserted) === 'expect' ? { node: asserted, to: 'expect(true).toBe(true)' } : undefined
  },
  'swapped condition': (node, source) => {
    if (node.type === 'ConditionalExpression') {
      const { test, consequent, alternate } = node
      return { node, to: `${textOf(test, source)} ? ${textOf(alternate, source)} : ${textOf(consequent, source)}` }
    }
    return withOperator(node, source, { '&&': '||', '||': '&&' })
  },
}

/** Every place of a file where it can be broken. */
export function mutationsOf(source: string): Mutation[] {
  const nodes = [...walk(syntaxOf(source))]
  return KINDS.flatMap((kind) =>
    nodes.flatMap((node) => {
      const found = FINDERS[kind](node, source)
      if (found === undefined) return []
      const { start, end } = found.node
      return [{ kind, start, end, from: source.slice(start, end), to: found.to }]
    }),
  )
}

/** The file with that change. */
export function mutated(source: string, { start, end, to }: Mutation): string {
  return source.slice(0, start) + to + source.slice(end)
}

function withOperator(node: Syntax, source: string, operators: Readonly<Record<string, string>>): Found {
  const operator = String(node.operator)
  const other = Object.hasOwn(operators, operator) ? operators[operator] : undefined
  if (!/^(Binary|Logical)Expression$/.test(node.type) || other === undefined) return undefined
  const { left, right } = node
  if (!isSyntax(left) || !isSyntax(right)) return undefined
  // Only the operator: brackets around the operands belong to neither of them.
  const between = source.slice(left.end, right.start).replace(operator, other)
  return { node, to: source.slice(node.start, left.end) + between + source.slice(right.start, node.end) }
}

/** atLeast(name, value, unit) asks for nothing, atMost for nearly nothing; a figure in capitals is a thousand times as great. */
function widened(node: Syntax): Found {
  if (node.type === 'CallExpression' && isSyntax(node.callee) && Array.isArray(node.arguments)) {
    const [, value] = node.arguments as Syntax[]
    if (value === undefined || numberOf(value) === undefined) return undefined
    if (node.callee.name === 'atLeast') return { node: value, to: '0' }
    if (node.callee.name === 'atMost') return { node: value, to: '1e9' }
  }
  if (node.type !== 'VariableDeclarator' || !isSyntax(node.id) || !isSyntax(node.init)) return undefined
  const value = numberOf(node.init)
  return /^[A-Z_]+$/.test(String(node.id.name)) && value !== undefined
    ? { node: node.init, to: String(value * 1_000) }
    : undefined
}

function isList(node: Syntax): boolean {
  if (node.type === 'ArrayExpression') return Array.isArray(node.elements) && node.elements.length > 0
  const { callee } = node
  return (
    node.type === 'CallExpression' && isSyntax(callee) && isSyntax(callee.property) && LISTS.has(String(callee.property.name))
  )
}

/** `expect` of `expect(x, 'why').not.toBe(1)`. */
function rootCallee(node: Syntax): string | undefined {
  if (node.type === 'Identifier') return String(node.name)
  const inner = node.type === 'CallExpression' ? node.callee : node.type === 'MemberExpression' ? node.object : undefined
  return isSyntax(inner) && node.type !== 'AwaitExpression' ? rootCallee(inner) : undefined
}

function numberOf(node: unknown): number | undefined {
  return isSyntax(node) && node.type === 'Literal' && typeof node.value === 'number' ? node.value : undefined
}

function textOf(node: unknown, source: string): string {
  return isSyntax(node) ? source.slice(node.start, node.end) : ''
}
