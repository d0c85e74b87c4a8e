import { parse } from 'yaml'
import { z } from 'zod'

interface Route {
  readonly receiver?: string | undefined
  readonly continue: boolean
  readonly matchers: readonly string[]
  readonly match: Readonly<Record<string, string>>
  readonly match_re: Readonly<Record<string, string>>
  readonly routes: readonly Route[]
}

const routeSchema: z.ZodType<Route> = z.object({
  receiver: z.string().optional(),
  continue: z.boolean().default(false),
  matchers: z.array(z.string()).default([]),
  match: z.record(z.string(), z.coerce.string()).default({}),
  match_re: z.record(z.string(), z.coerce.string()).default({}),
  get routes() {
    return z.array(routeSchema).default([])
  },
})

const receiverSchema = z.looseObject({ name: z.string() })
const configSchema = z.object({ route: routeSchema, receivers: z.array(receiverSchema).default([]) })

/** What an Alertmanager configuration does with an alert. */
export interface Routing {
  /** Receiver → how many integrations (e-mail, webhook, …) it has; none: alerts end there unseen. */
  readonly receivers: ReadonlyMap<string, number>
  /** The receivers that an alert with these labels reaches. */
  routesOf(labels: Readonly<Record<string, string>>): string[]
}

/** Reads an Alertmanager configuration, or says what is wrong with it. */
export function parseRouting(text: string): Routing | string {
  let yaml: unknown
  try {
    yaml = parse(text)
  } catch (error) {
    return `no YAML: ${error instanceof Error ? error.message : String(error)}`
  }
  const parsed = configSchema.safeParse(yaml)
  if (!parsed.success) return z.prettifyError(parsed.error)
  const { route, receivers } = parsed.data
  return {
    receivers: new Map(receivers.map((receiver) => [receiver.name, integrationsOf(receiver)])),
    routesOf: (labels) => reached(route, labels, ''),
  }
}

function integrationsOf(receiver: Readonly<Record<string, unknown>>): number {
  return Object.entries(receiver)
    .filter(([key]) => key.endsWith('_configs'))
    .reduce((count, [, list]) => count + (Array.isArray(list) ? list.length : 0), 0)
}

/** Depth first, as Alertmanager walks: the first child that matches takes the alert, unless it says `continue`. */
function reached(route: Route, labels: Readonly<Record<string, string>>, inherited: string): string[] {
  const receiver = route.receiver ?? inherited
  const found: string[] = []
  for (const child of route.routes) {
    if (!matches(child, labels)) continue
    found.push(...reached(child, labels, receiver))
    if (!child.continue) break
  }
  return found.length > 0 ? found : [receiver]
}

function matches({ matchers, match, match_re }: Route, labels: Readonly<Record<string, string>>): boolean {
  return (
    matchers.flatMap(splitMatchers).every((matcher) => holds(matcher, labels)) &&
    Object.entries(match).every(([label, value]) => (labels[label] ?? '') === value) &&
    Object.entries(match_re).every(([label, pattern]) => whole(pattern).test(labels[label] ?? ''))
  )
}

/** One entry may hold several matchers, `{a="1", b="2"}`. */
function splitMatchers(text: string): string[] {
  const inner = text.trim().replace(/^\{(.*)\}$/, '$1')
  return (
    inner
      .match(/[^,"]+(?:"(?:[^"\\]|\\.)*")?/g)
      ?.map((matcher) => matcher.trim())
      .filter((matcher) => matcher !== '') ?? []
  )
}

/** A matcher that cannot be read matches nothing: its route then shows up as one that takes no alert. */
function holds(matcher: string, labels: Readonly<Record<string, string>>): boolean {
  const [, label = '', operator = '', quoted] = /^"?([\w.-]+)"?\s*(=~|!~|!=|=)\s*(.*)$/.exec(matcher) ?? []
  const value = (quoted ?? '').replace(/^"(.*)"$/, '$1').replaceAll(/\\(.)/g, '$1')
  const actual = labels[label] ?? ''
  if (operator === '=') return actual === value
  if (operator === '!=') return actual !== value
  if (operator === '=~') return whole(value).test(actual)
  return operator === '!~' && !whole(value).test(actual)
}

/** Alertmanager anchors its patterns; its `(?i)` is a flag here. */
function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern.replace('(?i)', '')})$`, pattern.startsWith('(?i)') ? 'i' : '')
}
