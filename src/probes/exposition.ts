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

const LABEL = /([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?\s*/y
const SAMPLE = /^([a-zA-Z_:][\w:]*)\s*(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$/

function parseSample(line: string): Sample | undefined {
  const [, name, labelText = '', value = ''] = SAMPLE.exec(line) ?? []
  const labels = parseLabels(labelText.trim())
  const number = numberOf(value)
  return name === undefined || labels === undefined || number === undefined ? undefined : { name, labels, value: number }
}

function parseLabels(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  let end = 0
  for (let match = LABEL.exec(text); match !== null; match = LABEL.exec(text)) {
    labels[match[1] ?? ''] = (match[2] ?? '').replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
    end = LABEL.lastIndex
  }
  return end === text.length ? labels : undefined
}

function numberOf(text: string): number | undefined {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return Number.NaN
  const number = Number(text)
  return Number.isNaN(number) ? undefined : number
}
