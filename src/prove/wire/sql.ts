/** How a transaction that may only read begins; its time-out holds in it alone. */
const OPENING =
  /^begin(?: isolation level (?:repeatable read|serializable))? read only(?: ?; ?set local statement_timeout = \d+)?$/
/** A setting that holds until the transaction ends, and no longer. */
const LOCAL_SETTING = /\bset_config ?\('', '', true\)/g
const CLOSING = /^(?:rollback|commit)$/
const READING = /^(?:select|show|with|values|table|explain)\b/
/** What changes something although it stands in a query, and what a read-only transaction lets pass all the same. */
const CHANGING = new RegExp(
  [
    String.raw`\b(?:insert|update|delete|merge|truncate|into|copy|call|do|lock|set|notify|listen|vacuum|analyze)\b`,
    String.raw`\b(?:nextval|setval|set_config|pg_(?:terminate|cancel)_backend|pg_(?:reload_conf|rotate_logfile|switch_wal|promote)`,
    String.raw`pg_notify|pg_(?:try_)?advisory_\w+|pg_stat_reset\w*|pg_(?:create|drop)_\w+|pg_logical_emit_message|pg_current_xact_id`,
    String.raw`txid_current|lo_\w+|dblink\w*|pg_read_\w+|pg_export_snapshot)\s*\(`,
  ].join('|'),
)

/** Follows the statements of one session and says of each whether it reads, inside a transaction that may do nothing else. */
export class SqlSession {
  #isReadOnly = false

  reads(text: string): boolean {
    const sql = bare(text)
    if (OPENING.test(sql)) {
      this.#isReadOnly = true
      return true
    }
    if (CLOSING.test(sql)) {
      this.#isReadOnly = false
      return true
    }
    return this.#isReadOnly && READING.test(sql) && !CHANGING.test(sql) && !sql.includes(';')
  }
}

/** Without comments, literals and quoted names, in lower case; blanks joined, the last semicolon dropped. */
function bare(text: string): string {
  return text
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .replace(/'(?:[^']|'')*'|"[^"]*"/g, "''")
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\s*;$/, '')
    .toLowerCase()
    .replace(LOCAL_SETTING, "''")
}

/** A statement in one short line. */
export function sqlInWords(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 120 ? `${line.slice(0, 119)}…` : line
}
