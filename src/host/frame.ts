/** A file whose text the collector sent within a section. */
export interface SentFile {
  readonly path: string
  readonly text: string
}

/** One section as it came: its rows, the files between them in order, or the reason why there is none. */
export interface Section {
  /** Rows outside of files, each split at its tabs; empty ones left out. */
  readonly rows: readonly (readonly string[])[]
  readonly files: readonly SentFile[]
  /** Everything, for the evidence, without the marks. */
  readonly text: string
  readonly failure: { readonly reason: string; readonly remedy: string } | null
  /** False where the answer broke off within it. */
  readonly complete: boolean
}

interface Open {
  rows: string[][]
  files: SentFile[]
  text: string[]
  failure: Section['failure']
  complete: boolean
  file: { path: string; lines: string[] } | null
}

/** Cuts the collector's answer into its sections. Only lines that carry the round trip's nonce are marks; no file can forge one. */
export function cutSections(answer: string, nonce: string): Map<string, Section> {
  const sections = new Map<string, Open>()
  let current: Open | null = null
  for (const line of answer.split('\n')) {
    if (!line.startsWith(`@@${nonce} `)) {
      if (current !== null) take(current, line)
      continue
    }
    const [word = '', ...rest] = line.slice(nonce.length + 3).split('\t')
    if (word === 'begin') {
      current = { rows: [], files: [], text: [], failure: null, complete: false, file: null }
      sections.set(rest[0] ?? '', current)
    } else if (current !== null) {
      if (word === 'end') {
        current.complete = true
        current = null
      } else mark(current, word, rest)
    }
  }
  return new Map([...sections].map(([name, open]) => [name, closed(open)]))
}

/** No section of a real host has more; what sends more would cost its readers more time and memory than it is worth. */
const MOST_LINES = 100_000

function take(section: Open, line: string): void {
  if (section.text.length >= MOST_LINES) {
    section.failure ??= { reason: `it sent more than ${MOST_LINES} lines`, remedy: 'look at what this part of the host holds' }
    return
  }
  if (section.file !== null) section.file.lines.push(line)
  else if (line !== '') section.rows.push(line.split('\t'))
  section.text.push(line)
}

function mark(section: Open, word: string, [first = '', second = '']: string[]): void {
  if (word === 'text') {
    section.file = { path: first, lines: [] }
    section.text.push(`--- ${first}`)
  } else if (word === 'eof' && section.file !== null) {
    section.files.push({ path: section.file.path, text: section.file.lines.join('\n') })
    section.file = null
  } else if (word === 'fail') {
    section.failure ??= { reason: first, remedy: second }
    section.text.push(`${first}; ${second}`)
  }
}

function closed({ rows, files, text, failure, complete }: Open): Section {
  return { rows, files, text: text.join('\n').trim(), failure, complete }
}
