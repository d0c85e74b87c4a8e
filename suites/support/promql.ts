import type { SyntaxNode } from '@lezer/common'

/** One selector of an expression, such as `up{job="postgres"}`. */
export interface Selector {
  readonly metric: string
  /** Label → matcher, such as `=~"5.."`. */
  readonly matchers: Readonly<Record<string, string>>
}

/** What an expression is made of. */
export interface Expression {
  /** Where the grammar does not hold; empty where it does. */
  readonly problems: readonly string[]
  readonly selectors: readonly Selector[]
  /** Divisions of a series by itself: both sides name the same metric and nothing aggregates the labels in which they differ. */
  readonly selfDivisions: readonly string[]
}

/** Takes an expression apart by Prometheus's own grammar. */
export async function analyse(text: string): Promise<Expression> {
  const { parser } = await import('@prometheus-io/lezer-promql')
  const problems: string[] = []
  const selectors: Selector[] = []
  const selfDivisions: string[] = []
  parser.parse(text).iterate({
    enter({ type, node, from, to }) {
      if (type.isError) problems.push(`at character ${from + 1}: ${text.slice(from, to) || 'something is missing'}`)
      if (type.name === 'VectorSelector') selectors.push(selectorOf(node, text))
      if (type.name === 'BinaryExpr' && dividesItself(node, text)) selfDivisions.push(text.slice(from, to))
    },
  })
  if (text.trim() === '') problems.push('is empty')
  return { problems, selectors, selfDivisions }
}

function selectorOf(node: SyntaxNode, text: string): Selector {
  const name = node.getChild('Identifier')
  const matchers: Record<string, string> = {}
  for (const matcher of node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []) {
    const label = matcher.getChild('LabelName')
    if (label !== null) matchers[text.slice(label.from, label.to)] = text.slice(label.to, matcher.to).trim()
  }
  // {__name__="metric"} is the long form of a bare name.
  const metric = name === null ? (/^="(.*)"$/.exec(matchers.__name__ ?? '')?.[1] ?? '') : text.slice(name.from, name.to)
  return { metric, matchers }
}

/**
 * Two vectors are joined on all labels unless `on` or `ignoring` says otherwise, so `a{x="1"} / a` pairs each series with itself.
 * Where both sides select the same (`(total - free) / total`), that is what is meant.
 */
function dividesItself(node: SyntaxNode, text: string): boolean {
  const { firstChild: left, lastChild: right } = node
  if (left === null || right === null || node.getChild('Div') === null || node.getChild('MatchingModifierClause') !== null)
    return false
  if (text.slice(left.from, left.to) === text.slice(right.from, right.to)) return true
  const divisors = bareSelectors(right, text)
  return bareSelectors(left, text).some(({ metric, matchers }) =>
    divisors.some((divisor) => divisor.metric === metric && JSON.stringify(divisor.matchers) !== JSON.stringify(matchers)),
  )
}

/** The selectors below a node whose labels no aggregation takes away. */
function bareSelectors(node: SyntaxNode, text: string): Selector[] {
  if (node.name === 'AggregateExpr') return []
  if (node.name === 'VectorSelector') return [selectorOf(node, text)]
  const found: Selector[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(...bareSelectors(child, text))
  return found
}
