import { readFileSync, statSync } from 'node:fs'
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { UsageError } from './outcome.ts'
import { visibleLine } from './report/text.ts'

/** No configuration that a person writes is longer, in bytes. */
const MAX_BYTES = 1_000_000
/** Keys that would reach into JavaScript's prototypes when objects are merged. */
const PROTOTYPE_KEYS = new Set(['__proto__', 'prototype', 'constructor'])

/** A parsed YAML file that still knows where each value stands, so that later errors can name the line. */
export interface YamlSource {
  readonly file: string
  readonly value: unknown
  /** `file:line` of the value at that path, or of the nearest value above it that exists. */
  place(path: readonly PropertyKey[]): string
}

/** What a YAML file holds after validation, and where. */
export interface YamlFile<T> extends YamlSource {
  readonly value: T
}

/** Parses and validates a YAML file. @throws UsageError naming file, key and line of every mistake. */
export function parseYamlFile<S extends z.ZodType>(path: string, schema: S, options: { readonly what: string }): z.output<S> {
  return readYamlFile(path, schema, options).value
}

/** Parses and validates YAML text; `file` is only for the messages. @throws UsageError as parseYamlFile does. */
export function parseYaml<S extends z.ZodType>(text: string, file: string, schema: S): z.output<S> {
  return readYaml(text, file, schema).value
}

/** As parseYamlFile, and keeps the places of the values. `what` names the kind of file in messages, such as `waivers file`. */
export function readYamlFile<S extends z.ZodType>(
  path: string,
  schema: S,
  { what }: { readonly what: string },
): YamlFile<z.output<S>> {
  return readYaml(readText(path, what), path, schema)
}

/** As parseYaml, and keeps the places of the values. */
export function readYaml<S extends z.ZodType>(text: string, file: string, schema: S): YamlFile<z.output<S>> {
  const source = yamlSource(text, file)
  const result = schema.safeParse(source.value)
  if (!result.success) throw schemaError(result.error, source)
  return { ...source, value: result.data }
}

/** Reads a YAML file without a schema, for files that are validated only after they were merged. @throws UsageError */
export function yamlSourceOfFile(path: string, { what }: { readonly what: string }): YamlSource {
  return yamlSource(readText(path, what), path)
}

/** Parses YAML 1.2 strictly: no duplicate or prototype keys, no anchors, aliases, tags or second document. @throws UsageError */
export function yamlSource(text: string, file: string): YamlSource {
  if (isTooDeep(text)) throw new UsageError(`${file}: nested more deeply than any file of this kind needs`)
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, stringKeys: true, resolveKnownTags: false })
  const lineAt = (offset: number) => counter.linePos(offset).line
  const problems = [...document.errors, ...document.warnings].map((error) => `${file}:${lineAt(error.pos[0])}: ${error.message}`)
  const forbid = (offset: number | undefined, why: string) => problems.push(`${file}:${lineAt(offset ?? 0)}: ${why}`)
  visit(document, {
    Alias: (_, node) => void forbid(node.range?.[0], 'aliases are not allowed; write the value out'),
    Node: (_, node) => {
      if (!('anchor' in node) || node.anchor === undefined) return
      // A node's range begins behind its anchor, which may stand lines above.
      forbid(text.lastIndexOf(`&${node.anchor}`, node.range?.[0]), 'anchors are not allowed; write the value out')
    },
    Pair: (_, { key }) => {
      if (isScalar(key) && PROTOTYPE_KEYS.has(String(key.value)))
        forbid(key.range?.[0], `the key \`${key.value}\` is not allowed`)
    },
  })
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
  return {
    file,
    value: document.toJS({ maxAliasCount: 0 }),
    place: (path) => `${file}:${lineAt(offsetOf(document.contents, path))}`,
  }
}

/** Far more levels than any schema here has: the parser would take seconds over them and overflow its stack. */
const DEEPEST = 200

/** Whether brackets are nested too deeply, or dashes and question marks on one line. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (const char of text) {
    if (char === '[' || char === '{') depth += 1
    else if (char === ']' || char === '}') depth -= 1
    if (depth > DEEPEST) return true
  }
  return new RegExp(`^(?:[ \\t]*[-?:](?=[ \\t])){${DEEPEST}}`, 'm').test(text)
}

/**
 * Turns a zod error into one that an operator can act on: a line for each mistake, with file, line and key.
 * Values are left out on purpose: a secret may have been pasted where a reference to it belongs.
 */
export function schemaError(error: z.ZodError, source: Pick<YamlSource, 'place'>): UsageError {
  return new UsageError(error.issues.flatMap((issue) => describe(issue, source, [])).join('\n'))
}

function describe(issue: z.core.$ZodIssue, source: Pick<YamlSource, 'place'>, above: readonly PropertyKey[]): string[] {
  const path = [...above, ...issue.path]
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${source.place([...path, key])}: unknown key \`${dotted([...path, key])}\``)
  if (issue.code === 'invalid_union' && issue.errors.length > 0)
    return nearestBranch(issue.errors).flatMap((nested) => describe(nested, source, path))
  return [`${source.place(path)}: ${path.length === 0 ? 'the file' : `\`${dotted(path)}\``}: ${issue.message}`]
}

/** Of a union's forms, the one that the writer most probably meant: whose mistakes lie deepest, then are fewest. */
function nearestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const depth = (issues: readonly z.core.$ZodIssue[]) => Math.max(0, ...issues.map((issue) => issue.path.length))
  const isWrongType = (issues: readonly z.core.$ZodIssue[]) =>
    Number(issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0))
  return [...branches].sort((a, b) => isWrongType(a) - isWrongType(b) || depth(b) - depth(a) || a.length - b.length)[0] ?? []
}

function dotted(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${visibleLine(String(part))}`))
    .join('')
}

function offsetOf(root: Node | null, path: readonly PropertyKey[]): number {
  let node: unknown = root
  let offset = root?.range?.[0] ?? 0
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
      if (pair === undefined) break
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      const item = node.items[Number(part)]
      if (item === undefined) break
      offset = (item as Node).range?.[0] ?? offset
      node = item
    } else break
  }
  return offset
}

function readText(path: string, what: string): string {
  try {
    const found = statSync(path)
    const { size } = found
    if (found.isDirectory()) throw new UsageError(`${path}: cannot read the ${what}: it is a directory`)
    if (size > MAX_BYTES) throw new UsageError(`${path}: the ${what} has ${size} bytes; at most ${MAX_BYTES} are read`)
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    if (error instanceof UsageError) throw error
    if (error instanceof TypeError) throw new UsageError(`${path}: cannot read the ${what}: it is not encoded as UTF-8`)
    throw new UsageError(`${path}: cannot read the ${what}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
