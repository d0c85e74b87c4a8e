import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { ListItem, Node, Nodes, RootContent } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { toString as textOf } from 'mdast-util-to-string'
import { z } from 'zod'
import { UsageError } from './outcome.ts'

/** The suites, in the order in which a person follows the runbook. */
export const SUITES = ['preflight', 'deploy', 'postdeploy', 'performance', 'rollback', 'maintenance'] as const
export type Suite = (typeof SUITES)[number]

export const SEVERITIES = ['critical', 'major', 'minor'] as const
export type Severity = (typeof SEVERITIES)[number]

/** When a line is due: before or after a deploy, or by the calendar. */
export const OCCASIONS = ['before', 'after', 'nightly', 'weekly', 'monthly'] as const
export type Occasion = (typeof OCCASIONS)[number]

/** One verifiable sentence of the runbook. */
export interface Line {
  readonly id: string
  readonly sentence: string
  readonly suite: Suite
  /** The heading of ours under which it stands. */
  readonly chapter: string
  /** The heading of the source runbook that it covers, in the source's words. */
  readonly section: string
  readonly severity: Severity
  readonly when: readonly Occasion[]
  /** What to do when it fails, as Markdown. */
  readonly remedy: string
  readonly escalation: number
  /** For how many days a person's sign-off of it is good; undefined where a check looks. */
  readonly attestedDays: number | undefined
  /** `docs/runbook/preflight.md:12` */
  readonly location: string
}

const metadataSchema = z.strictObject({
  Severity: z.enum(SEVERITIES),
  Source: z.string().min(1),
  Due: z
    .string()
    .transform((text) => text.split(/,\s*/))
    .pipe(z.array(z.enum(OCCASIONS)).min(1)),
  Escalation: z.coerce.number().int().min(1).max(9),
  Attested: z
    .string()
    .regex(/^\d+ days$/, 'expected a number of days, such as `90 days`')
    .transform((text) => Number.parseInt(text, 10))
    .optional(),
})

/** The files that hold the runbook, in order. */
export function runbookFiles(folder = 'docs/runbook'): string[] {
  return SUITES.map((suite) => path.join(folder, `${suite}.md`))
}

/** Reads the whole runbook of a folder, suite by suite. @throws UsageError naming file and line of what is malformed or doubled. */
export function readRunbook(folder = 'docs/runbook'): Line[] {
  const lines = SUITES.flatMap((suite) => {
    const file = path.join(folder, `${suite}.md`)
    return parseSuite(readFileSync(file, 'utf8'), suite, file)
  })
  rejectDoubles(lines)
  return lines
}

/** Reads the lines of one suite's text. @throws UsageError naming file and line of what is malformed. */
export function parseSuite(markdown: string, suite: Suite, file: string): Line[] {
  const lines: Line[] = []
  let chapter = ''
  for (const piece of piecesOf(markdown)) {
    const nodes = fromMarkdown(piece.markdown).children
    const [heading] = nodes
    if (heading?.type !== 'heading') continue
    if (heading.depth < 3) chapter = textOf(heading)
    if (heading.depth === 3) lines.push(parseLine(nodes, { ...piece, suite, file, chapter }))
  }
  return lines
}

interface Piece {
  readonly markdown: string
  /** How many lines stand before it. */
  readonly before: number
}

/** The text from heading to heading: the parser takes half the time for many short texts that it takes for a long one. */
function piecesOf(markdown: string): Piece[] {
  const lines = markdown.split('\n')
  const starts = [0]
  let isCode = false
  for (const [index, line] of lines.entries()) {
    if (/^(?:```|~~~)/.test(line)) isCode = !isCode
    if (index > 0 && !isCode && /^#{1,6} /.test(line)) starts.push(index)
  }
  return starts.map((start, index) => ({ markdown: lines.slice(start, starts[index + 1]).join('\n'), before: start }))
}

interface Place extends Piece {
  readonly suite: Suite
  readonly file: string
  readonly chapter: string
}

function parseLine([heading, ...rest]: readonly RootContent[], { markdown, before, suite, file, chapter }: Place): Line {
  const location = `${file}:${before + startLine(heading)}`
  const id = heading === undefined ? '' : textOf(heading)
  if (!/^[A-Z]+-\d{2,3}$/.test(id))
    throw new UsageError(`${location}: expected a line id such as PRE-04 as heading, received "${id}"`)
  const [sentence, metadata, ...remedy] = rest
  if (sentence?.type !== 'paragraph') throw new UsageError(`${location}: ${id} has no sentence below its heading`)
  if (metadata?.type !== 'list') throw new UsageError(`${location}: ${id} has no list of Severity, Source, Due and Escalation`)
  const values = parseMetadata(metadata.children, id, { file, before })
  return {
    id,
    sentence: textOf(sentence).replace(/\s+/g, ' '),
    suite,
    chapter,
    section: values.Source,
    severity: values.Severity,
    when: values.Due,
    remedy: parseRemedy(remedy, markdown, `${location}: ${id}`),
    escalation: values.Escalation,
    attestedDays: values.Attested,
    location,
  }
}

function parseMetadata(
  items: readonly ListItem[],
  id: string,
  { file, before }: Pick<Place, 'file' | 'before'>,
): z.infer<typeof metadataSchema> {
  const pairs = items.map((item) => /^(\w+): (.*)$/s.exec(textOf(item))?.slice(1) ?? [textOf(item), ''])
  const parsed = metadataSchema.safeParse(Object.fromEntries(pairs))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new UsageError(
    `${file}:${before + startLine(items[0])}: ${id}, ${issue?.path.join('.') || 'list of metadata'}: ${issue?.message ?? 'malformed'}`,
  )
}

function parseRemedy(nodes: readonly RootContent[], markdown: string, where: string): string {
  const first = nodes[0]
  const from = first?.position?.start.offset
  const to = nodes.at(-1)?.position?.end.offset
  if (first === undefined || !textOf(first as Nodes).startsWith('Remedy: '))
    throw new UsageError(`${where} has no paragraph that begins with "Remedy: "`)
  return markdown.slice(from, to).replace(/^Remedy: /, '')
}

function rejectDoubles(lines: readonly Line[]): void {
  const seen = new Map<string, Line>()
  for (const line of lines) {
    const earlier = seen.get(line.id)
    if (earlier !== undefined)
      throw new UsageError(`${line.location}: ${line.id} stands already at ${earlier.location}; give it an id of its own`)
    seen.set(line.id, line)
  }
}

function startLine(node: Node | undefined): number {
  return node?.position?.start.line ?? 0
}
