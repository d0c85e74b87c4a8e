import { styleText } from 'node:util'

/** Where progress goes: one rewritten line on a terminal, a line an event elsewhere. A label tells of which of several targets. */
export interface Progress {
  /** A stage has begun, such as the start of a target. */
  stage(text: string, label?: string): void
  /** One more check has ended. */
  ended(id: string, outcome: string, label?: string): void
  /** A line that had ended ends otherwise now. */
  changed(id: string, outcome: string, label?: string): void
  /** Clears what is not to stay. */
  finish(): void
}

export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream
  readonly total: number
  readonly quiet: boolean
  readonly colour: boolean
}

const GLYPHS: Readonly<Record<string, string>> = {
  passed: '✓',
  failed: '✗',
  unobserved: '?',
  skipped: '-',
  waived: '~',
  pending: '…',
}
const NOT_GREEN = new Set(['failed', 'unobserved'])

/** Shows what goes on while the run lasts. */
export function startProgress(options: ProgressOptions): Progress {
  if (options.quiet) return SILENT
  return options.stream.isTTY ? new LiveLine(options) : new PlainLines(options)
}

const SILENT: Progress = {
  stage: () => undefined,
  ended: () => undefined,
  changed: () => undefined,
  finish: () => undefined,
}

function labelled(label: string, text: string): string {
  return label === '' ? text : `${label} │ ${text}`
}

class PlainLines implements Progress {
  readonly #options: ProgressOptions

  constructor(options: ProgressOptions) {
    this.#options = options
  }

  stage(text: string, label = ''): void {
    this.#options.stream.write(`${labelled(label, text)}\n`)
  }

  ended(id: string, outcome: string, label = ''): void {
    this.#options.stream.write(`${labelled(label, `${GLYPHS[outcome] ?? ' '} ${id} ${outcome}`)}\n`)
  }

  changed(id: string, outcome: string, label = ''): void {
    this.#options.stream.write(`${labelled(label, `${GLYPHS[outcome] ?? ' '} ${id} ${outcome} now`)}\n`)
  }

  finish(): void {
    // Every line was written whole.
  }
}

class LiveLine implements Progress {
  readonly #options: ProgressOptions
  #done = 0
  #stage = ''

  constructor(options: ProgressOptions) {
    this.#options = options
  }

  stage(text: string, label = ''): void {
    this.#stage = labelled(label, text)
    this.#draw()
  }

  ended(id: string, outcome: string, label = ''): void {
    this.#done += 1
    if (NOT_GREEN.has(outcome)) this.#print(labelled(label, `${this.#mark(outcome)} ${id} ${outcome}`))
    this.#stage = labelled(label, id)
    this.#draw()
  }

  changed(id: string, outcome: string, label = ''): void {
    this.#print(labelled(label, `${this.#mark(outcome)} ${id} ${outcome} now`))
    this.#draw()
  }

  finish(): void {
    this.#options.stream.write('\r\u001b[K')
  }

  #mark(outcome: string): string {
    const glyph = GLYPHS[outcome] ?? ' '
    const colour = outcome === 'failed' ? 'red' : outcome === 'passed' ? 'green' : 'yellow'
    return this.#options.colour ? styleText(colour, glyph) : glyph
  }

  #print(text: string): void {
    this.#options.stream.write(`\r\u001b[K${text}\n`)
  }

  #draw(): void {
    const { stream, total } = this.#options
    const text = `${this.#done}/${total} ${this.#stage}`
    stream.write(`\r\u001b[K${text.slice(0, Math.max(10, stream.columns - 1))}`)
  }
}
