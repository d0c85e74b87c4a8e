import type { Probe } from '../probe.ts'
import { type Answered, answered } from './answered.ts'
import { type HttpAnswer, type HttpOptions, http } from './http.ts'

/** One sample of Prometheus's text format. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What a /metrics endpoint exports. */
export interface Exposition {
  readonly samples: readonly Sample[]
  /** Metric family → `counter`, `gauge`, `histogram`, `summary`, `untyped`; families without a sample yet included. */
  readonly types: ReadonlyMap<string, string>
}

/** A service's metrics. A body that is not the text format is a problem, not an empty list. */
export function metrics(options: Omit<HttpOptions, 'method' | 'body'>): Probe<Answered<Exposition>> {
  return answered(http({ ...options, maxBodyBytes: 8 * 1024 * 1024 }), 'metrics', parseAnswer)
}

/** Every series name that it exports or will export once something happens. */
export function exportedNames({ samples, types }: Exposition): Set<string> {
  const promised = [...types].flatMap(([family, type]) => {
    if (type === 'histogram') return [`${family}_bucket`, `${family}_sum`, `${family}_count`]
    if (type === 'summary') return [family, `${family}_sum`, `${family}_count`]
    return [family]
  })
  return new Set([...promised, ...samples.map(({ name }) => name)])
}

/** The sum of the samples of that name whose labels include the given ones; 0 where there is none, as a counter begins. */
export function sumOf({ samples }: Exposition, name: string, labels: Readonly<Record<string, string>> = {}): number {
  return samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0)
}

function parseAnswer({ status, body, truncated }: HttpAnswer): Answered<Exposition> {
  if (status !== 200) return { ok: false, problem: `answered ${status} instead of metrics` }
  if (truncated) return { ok: false, problem: 'answered more metrics than are read (8 MiB)' }
  return parseExposition(body)
}

/** Parses the text format (version 0.0.4) strictly: one line that is not of it is a problem that names the line. */
export function parseExposition(text: string): Answered<Exposition> {
  const samples: Sample[] = []
  const types = new Map<string, string>()
  for (const [index, line] of text.split('\n').entries()) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped|unknown)\s*$/.exec(line)
    if (type?.[1] !== undefined && type[2] !== undefined) types.set(type[1], type[2])
    if (line.startsWith('#') || line.trim() === '') continue
    const sample = parseSample(line)
    if (sample === undefined) return { ok: false, problem: `line ${index + 1} is no metric: ${line.slice(0, 100)}` }
    samples.push(sample)
  }
  if (samples.length === 0 && types.size === 0) return { ok: false, problem: 'exports no metric at all' }
  return { ok: true, value: { samples, types } }
}

/** Characters; no metric that anybody could use is longer. */
const LONGEST_LINE = 1_000_000
const NAME = /[a-zA-Z_:][\w:]*/y
const LABEL_NAME = /([a-zA-Z_]\w*)\s*=\s*"/y
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/** Step by step, each in time linear in the line: a whole pattern would try blanks in every combination. */
function parseSample(line: string): Sample | undefined {
  if (line.length > LONGEST_LINE) return undefined
  const name = matchAt(NAME, line, 0)?.[0]
  if (name === undefined) return undefined
  const open = skipBlanks(line, name.length)
  const labels = line[open] === '{' ? parseLabels(line, open + 1) : { labels: {}, end: name.length }
  if (labels === undefined || line.slice(labels.end, labels.end + 1).trim() !== '') return undefined
  const [value = '', time = '0', ...more] = line.slice(labels.end).trim().split(/\s+/)
  const number = numberOf(value)
  if (number === undefined || !/^-?\d+$/.test(time) || more.length > 0) return undefined
  return { name, labels: labels.labels, value: number }
}

/** The labels from there to the closing brace, and where what follows it begins. */
function parseLabels(line: string, from: number): { readonly labels: Record<string, string>; readonly end: number } | undefined {
  const labels: [string, string][] = []
  for (let at = skipBlanks(line, from); ; ) {
    if (line[at] === '}') return { labels: Object.fromEntries(labels), end: at + 1 }
    const [head, name] = matchAt(LABEL_NAME, line, at) ?? []
    if (head === undefined || name === undefined) return undefined
    const start = at + head.length
    const end = closingQuote(line, start)
    if (end === undefined) return undefined
    const escaped = line.slice(start, end)
    labels.push([name, escaped.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))])
    at = skipBlanks(line, end + 1)
    if (line[at] === ',') at = skipBlanks(line, at + 1)
  }
}

function closingQuote(line: string, from: number): number | undefined {
  for (let at = from; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1
    else if (line[at] === '"') return at
  }
  return undefined
}

function skipBlanks(line: string, from: number): number {
  let at = from
  while (line[at] === ' ' || line[at] === '\t') at += 1
  return at
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

function numberOf(text: string): number | undefined {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return Number.NaN
  const number = NUMBER.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}
