import { BrokenBackup } from './flaw.ts'

/** One statement of a dump; `rows` where it is a COPY whose rows follow. */
export interface Statement {
  readonly sql: string
  /** In a dump of a whole cluster, the database that it is for; undefined where it is for the cluster, or where the dump is of one database. */
  readonly database: string | undefined
  readonly rows: AsyncGenerator<Buffer> | undefined
}

/** A single statement is held in memory; the longest of real dumps is a function’s body. */
const MAX_STATEMENT = 32 * 1024 * 1024
const COMPLETE = '-- PostgreSQL database dump complete'
const HEADER = '-- PostgreSQL database dump'
/** A dump of pg_dumpall holds that of each database. */
export const CLUSTER_HEADER = '-- PostgreSQL database cluster dump'
const CLUSTER_COMPLETE = '-- PostgreSQL database cluster dump complete'
const END_OF_ROWS = Buffer.from('\n\\.\n')

/**
 * Reads a plain dump as psql does, and does nothing else that psql would: its commands (`\!` runs a program) are not obeyed.
 * @throws BrokenBackup where it ends in the middle, or says of itself that more should come
 */
export async function* statements(content: AsyncIterable<Buffer>): AsyncGenerator<Statement> {
  const text = new DumpText(content)
  for (;;) {
    const sql = await text.statement()
    if (sql === undefined) break
    if (!/^COPY\b[^;]*\bFROM\s+stdin\b/i.test(sql)) {
      yield { sql, rows: undefined, database: text.database }
      continue
    }
    const rows = text.rows()
    yield { sql, rows, database: text.database }
    // What nobody wanted is passed over.
    for await (const _ of rows);
  }
  if (text.hasHeader && !text.isComplete)
    throw new BrokenBackup('truncated', 'the dump breaks off: the line that ends every dump of pg_dump is missing')
}

/** The text of a dump while it is read. Bytes stand as characters until a statement is whole, so that no character is cut. */
class DumpText {
  hasHeader = false
  isComplete = false
  database: string | undefined
  #isOfCluster = false
  readonly #chunks: AsyncIterator<Buffer>
  #text = ''
  #hasEnded = false

  constructor(content: AsyncIterable<Buffer>) {
    this.#chunks = content[Symbol.asyncIterator]()
  }

  /** The next statement without its semicolon; undefined at the end. */
  async statement(): Promise<string | undefined> {
    if (!(await this.#skipToStatement())) return undefined
    const lexer = new Lexer()
    for (;;) {
      const end = lexer.endIn(this.#text, this.#hasEnded)
      if (end !== undefined) {
        const sql = Buffer.from(this.#text.slice(0, end), 'latin1').toString('utf8')
        this.#text = this.#text.slice(end + 1)
        return sql.trim()
      }
      if (this.#text.length > MAX_STATEMENT)
        throw new BrokenBackup('not-a-backup', `a statement of it is longer than ${MAX_STATEMENT} bytes, which is none of a dump`)
      if (this.#hasEnded) throw new BrokenBackup('truncated', 'the dump breaks off in the middle of a statement')
      await this.#more()
    }
  }

  /** The rows that follow a COPY, as they stand, without the line that ends them. */
  async *rows(): AsyncGenerator<Buffer> {
    while (!this.#text.includes('\n')) if (!(await this.#more())) throw brokenRows()
    // The line end before the rows stays for now: the mark of their end may be the first thing behind it.
    let rest: Buffer = Buffer.from(this.#text.slice(this.#text.indexOf('\n')), 'latin1')
    this.#text = ''
    let from = 1
    for (;;) {
      const end = rest.indexOf(END_OF_ROWS, from - 1)
      const upTo = end === -1 ? rest.length - END_OF_ROWS.length + 1 : end + 1
      if (upTo > from) {
        yield rest.subarray(from, upTo)
        from = upTo
      }
      if (end !== -1) {
        this.#text = rest.toString('latin1', end + END_OF_ROWS.length)
        return
      }
      const chunk = await this.#chunk()
      if (chunk === undefined) throw brokenRows()
      rest = Buffer.concat([rest.subarray(from - 1), chunk])
      from = 1
    }
  }

  /** Passes over white space, comments and psql’s own commands; false at the end. */
  async #skipToStatement(): Promise<boolean> {
    for (;;) {
      this.#text = this.#text.replace(/^[\s;]+/, '')
      const [first = '', second = ''] = this.#text
      const isLine = first === '\\' || (first === '-' && second === '-')
      if (this.#text.length > 1 && !isLine) return true
      if (isLine && this.#text.includes('\n')) this.#line(this.#takeLine())
      else if (!(await this.#more())) {
        if (isLine) this.#line(this.#text)
        else return this.#text !== ''
        this.#text = ''
        return false
      }
    }
  }

  #takeLine(): string {
    const end = this.#text.indexOf('\n')
    const line = this.#text.slice(0, end)
    this.#text = this.#text.slice(end + 1)
    return line
  }

  #line(line: string): void {
    const text = line.trimEnd()
    if (text === HEADER || text === CLUSTER_HEADER) this.hasHeader = true
    if (text === CLUSTER_HEADER) this.#isOfCluster = true
    if (text === (this.#isOfCluster ? CLUSTER_COMPLETE : COMPLETE)) this.isComplete = true
    const command = /^\\(\S+)/.exec(text)?.[1]
    if (this.#isOfCluster && command === 'connect') this.database = connected(text)
    // Newer releases of pg_dump wrap a dump in the last two.
    if (command === undefined || ['connect', 'c', 'encoding', 'restrict', 'unrestrict'].includes(command)) return
    throw new BrokenBackup(
      'does-not-restore',
      `the dump holds \\${command}, a command to psql that no dump of pg_dump holds; it was not obeyed`,
    )
  }

  async #more(): Promise<boolean> {
    const chunk = await this.#chunk()
    if (chunk === undefined) return false
    this.#text += chunk.toString('latin1')
    return true
  }

  async #chunk(): Promise<Buffer | undefined> {
    if (this.#hasEnded) return undefined
    const { done, value } = await this.#chunks.next()
    if (done !== true) return value
    this.#hasEnded = true
    return undefined
  }
}

/** The database of `\connect name` or `\connect -reuse-previous=on "dbname='a name'"`; both quote names that are not plain. */
function connected(line: string): string {
  const name = line.slice('\\connect '.length).replace(/^-reuse-previous=on\s+/, '')
  const inString = /^"dbname='([\s\S]*)'"$/.exec(name)?.[1]
  if (inString !== undefined) return inString.replaceAll(/\\(.)/g, '$1').replaceAll('""', '"')
  return /^"[\s\S]*"$/.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name
}

function brokenRows(): BrokenBackup {
  return new BrokenBackup('truncated', 'the dump breaks off in the middle of a table’s rows')
}

/** A body in standard SQL stands between BEGIN ATOMIC and END, without quotes, and has semicolons of its own. */
function isInsideBody(text: string): boolean {
  if (!/^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b[\s\S]*\bBEGIN\s+ATOMIC\b/i.test(text)) return false
  const count = (word: RegExp): number => [...text.matchAll(word)].length
  return count(/\b(?:BEGIN|CASE)\b/gi) > count(/\bEND\b/gi)
}

type Mode = 'code' | 'text' | 'escaped' | 'name' | 'dollar' | 'line' | 'block'

/** Finds the semicolon that ends a statement, across quotes, bodies and comments; goes on where it stopped when there is more text. */
class Lexer {
  #at = 0
  #mode: Mode = 'code'
  #tag = ''
  #depth = 0

  /** Where the statement ends; undefined where there is too little text to tell. */
  endIn(text: string, isAll: boolean): number | undefined {
    for (;;) {
      // Two characters more, since what a sign means depends on what follows it.
      if (this.#at >= text.length - (isAll ? 0 : 2)) return undefined
      if (this.#mode === 'code') {
        const next = this.#code(text, isAll)
        if (next !== 'on') return next
      } else if (!this.#inside(text)) return undefined
    }
  }

  #code(text: string, isAll: boolean): number | undefined | 'on' {
    const sign = /[;'"$/-]/g
    sign.lastIndex = this.#at
    const found = sign.exec(text)
    if (found === null) {
      this.#at = Math.max(this.#at, text.length - (isAll ? 0 : 2))
      return undefined
    }
    this.#at = found.index
    if (!isAll && this.#at >= text.length - 2) return undefined
    const [first, second] = [text[this.#at], text[this.#at + 1]]
    if (first === ';' && !isInsideBody(text.slice(0, this.#at))) return this.#at
    if (first === '$') return this.#dollar(text, isAll)
    const isEscaped = first === "'" && /(?:^|[^\w$])[eE]$/.test(text.slice(Math.max(0, this.#at - 2), this.#at))
    if (first === "'") this.#enter(isEscaped ? 'escaped' : 'text', 1)
    else if (first === '"') this.#enter('name', 1)
    else if (first === '-' && second === '-') this.#enter('line', 2)
    else if (first === '/' && second === '*') this.#enter('block', 2)
    else this.#at += 1
    return 'on'
  }

  #dollar(text: string, isAll: boolean): undefined | 'on' {
    const tag = /^\$(?:[A-Za-z_\u0080-\u00ff][\w\u0080-\u00ff]*)?\$/.exec(text.slice(this.#at, this.#at + 70))?.[0]
    // A tag may be cut by the end of what has come.
    if (tag === undefined && !isAll && /^\$\w*$/.test(text.slice(this.#at))) return undefined
    const isPartOfName = /[\w$]/.test(text[this.#at - 1] ?? '')
    if (tag === undefined || isPartOfName) this.#at += 1
    else {
      this.#tag = tag
      this.#enter('dollar', tag.length)
    }
    return 'on'
  }

  #enter(mode: Mode, length: number): void {
    this.#mode = mode
    this.#at += length
    this.#depth = 1
  }

  /** Goes to the end of what it is in; false where that has not come. */
  #inside(text: string): boolean {
    switch (this.#mode) {
      case 'text':
        return this.#leaveAt(text, /'/g)
      case 'name':
        return this.#leaveAt(text, /"/g)
      case 'line':
        return this.#leaveAt(text, /\n/g)
      case 'escaped':
        return this.#leaveAt(text, /(?:[^\\']|\\[\s\S])*'/y)
      case 'block':
        return this.#block(text)
      default: {
        const end = text.indexOf(this.#tag, this.#at)
        if (end === -1) this.#at = Math.max(this.#at, text.length - this.#tag.length + 1)
        else this.#leave(end + this.#tag.length)
        return end !== -1
      }
    }
  }

  /** A doubled quote ends a text and begins another one, which comes to the same. */
  #leaveAt(text: string, end: RegExp): boolean {
    end.lastIndex = this.#at
    const found = end.exec(text)
    if (found !== null) this.#leave(end.lastIndex)
    else if (!end.sticky) this.#at = text.length
    return found !== null
  }

  #block(text: string): boolean {
    const sign = /\/\*|\*\//g
    for (;;) {
      sign.lastIndex = this.#at
      const found = sign.exec(text)
      if (found === null) {
        this.#at = Math.max(this.#at, text.length - 1)
        return false
      }
      this.#at = sign.lastIndex
      this.#depth += found[0] === '/*' ? 1 : -1
      if (this.#depth === 0) {
        this.#leave(this.#at)
        return true
      }
    }
  }

  #leave(at: number): void {
    this.#at = at
    this.#mode = 'code'
  }
}
