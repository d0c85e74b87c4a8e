import type { Section } from '../frame.ts'

/** The cells behind the word, of every row that begins with it. */
export function all(section: Section, word: string): string[][] {
  return section.rows.filter((row) => row[0] === word).map((row) => row.slice(1))
}

/** A cell of the first row that begins with the word; empty where there is none. */
export function cell(section: Section, word: string, index = 0): string {
  return section.rows.find((row) => row[0] === word)?.[index + 1] ?? ''
}

/** A whole number, or null where the cell holds none. */
export function whole(text: string | undefined): number | null {
  return text !== undefined && /^\s*\d+\s*$/.test(text) ? Number(text) : null
}

/** The rest of every line that begins with `word` and a blank, for rows that hold text of another program. */
export function words(section: Section, word: string): string[] {
  return section.rows
    .map((row) => row.join('\t'))
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => line.slice(word.length + 1))
}
