import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { appendHistory, historyEntry } from './history.ts'
import { safeJson } from './json.ts'
import type { Report } from './model.ts'
import { visible } from './text.ts'
import { ReportError, relink, writeAtomically } from './write.ts'

/** Between two saves of a growing report, in milliseconds: a run that is killed loses at most what ended in it. */
const SAVE_EVERY_MS = 100

export interface StoreOptions {
  /** Where the directories of all runs lie. */
  readonly out: string
  /** The history's file; history.jsonl beside the directories where undefined. */
  readonly history?: string | undefined
  readonly target: string
  readonly startedAt: Date
  /** How many reports the process keeps at once: together they are saved as often as one alone. */
  readonly beside?: number
}

/** Where a run keeps its report. */
export interface ReportStore {
  readonly directory: string
  /** Writes report.json soon, the latest state only; a failure to do so counts only if `finish` fails too. */
  save(report: Report): void
  /** Adds a file of collected output; returns its path relative to the report. @throws ReportError */
  addDiagnostic(name: string, text: string): Promise<string>
  /** Writes report.json and everything that is rendered from it, and enters the run into the history. @throws ReportError */
  finish(report: Report): Promise<void>
}

/** Makes the run's directory, a new one whatever else runs at the same second. @throws ReportError */
export async function openReportStore({ out, history, target, startedAt, beside = 1 }: StoreOptions): Promise<ReportStore> {
  const directory = await makeDirectory(out, `${startedAt.toISOString().slice(0, 19).replaceAll(':', '-')}Z-${target}`)
  return new DirectoryStore({
    out,
    directory,
    saveEveryMs: SAVE_EVERY_MS * beside,
    history: history ?? path.join(out, 'history.jsonl'),
  })
}

async function makeDirectory(out: string, name: string): Promise<string> {
  try {
    await mkdir(out, { recursive: true })
  } catch (error) {
    throw new ReportError('make the directory', out, error)
  }
  for (let attempt = 1; ; attempt += 1) {
    const directory = path.join(out, attempt === 1 ? name : `${name}-${attempt}`)
    try {
      await mkdir(directory)
      return directory
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EEXIST'
      if (!isTaken) throw new ReportError('make the directory', directory, error)
    }
  }
}

interface Places {
  readonly saveEveryMs: number
  readonly out: string
  readonly directory: string
  readonly history: string
}

class DirectoryStore implements ReportStore {
  readonly directory: string
  readonly #places: Places
  #latest: Report | undefined
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #lastSave = 0

  constructor(places: Places) {
    this.#places = places
    this.directory = places.directory
  }

  save(report: Report): void {
    this.#latest = report
    if (this.#timer !== undefined || this.#writing !== undefined) return
    const wait = Math.max(0, this.#lastSave + this.#places.saveEveryMs - performance.now())
    this.#timer = setTimeout(() => this.#saveLatest(), wait)
    this.#timer.unref()
  }

  #saveLatest(): void {
    this.#timer = undefined
    const report = this.#latest
    if (report === undefined) return
    this.#latest = undefined
    this.#lastSave = performance.now()
    // Not kept: `finish` writes the same file and says what is wrong with it.
    this.#writing = this.#writeJson(report, false)
      .catch(() => undefined)
      .finally(() => {
        this.#writing = undefined
        if (this.#latest !== undefined) this.save(this.#latest)
      })
  }

  async addDiagnostic(name: string, text: string): Promise<string> {
    const folder = path.join(this.directory, 'diagnostics')
    try {
      await mkdir(folder, { recursive: true })
    } catch (error) {
      throw new ReportError('make the directory', folder, error)
    }
    const file = name.replace(/[^\w.-]+/g, '-').replace(/^\.+/, '')
    await writeAtomically(path.join(folder, file), visible(text))
    return `diagnostics/${file}`
  }

  async finish(report: Report): Promise<void> {
    clearTimeout(this.#timer)
    this.#latest = undefined
    await this.#writing
    await this.#writeJson(report, true)
    await this.#render(report)
    const { out, directory, history } = this.#places
    await relink(path.join(out, 'latest'), path.basename(directory))
    await appendHistory(history, historyEntry(report, directory))
  }

  #writeJson(report: Report, durable: boolean): Promise<void> {
    return writeAtomically(path.join(this.directory, 'report.json'), `${safeJson(report, 2)}\n`, { durable })
  }

  async #render(report: Report): Promise<void> {
    // Renderers are loaded only now: they are no part of a run's start.
    const [{ renderHtml }, { renderJunit }, { renderMarkdown }] = await Promise.all([
      import('./html/page.ts'),
      import('./junit.ts'),
      import('./markdown.ts'),
    ])
    const files: Readonly<Record<string, string>> = {
      'index.html': renderHtml(report),
      'junit.xml': renderJunit(report),
      'summary.md': renderMarkdown(report),
    }
    for (const [name, text] of Object.entries(files))
      await writeAtomically(path.join(this.directory, name), text, { durable: true })
  }
}
