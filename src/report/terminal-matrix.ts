import type { Matrix, MatrixLine } from './matrix.ts'
import { differs, matrixSentence, NO_OUTCOME, OUTCOME_GLYPHS, openLines } from './matrix-words.ts'
import { type Paint, painter, type Style } from './paint.ts'
import { duration, plural, visibleLine } from './text.ts'
import { countsInWords } from './words.ts'

export interface MatrixOptions {
  readonly colour: boolean
  /** Only the verdicts and where the reports lie. */
  readonly quiet: boolean
  /** Where the matrix lies. */
  readonly out: string
}

/** So many lines stay readable; the page has them all. */
const SHOWN = 60

const STYLES: Readonly<Record<string, Style>> = { failed: 'red', unobserved: 'yellow', passed: 'green' }

/** What the terminal shows when a run over several targets has ended: what is not green and where, then every verdict. */
export function endOfMatrixRun(matrix: Matrix, { colour, quiet, out }: MatrixOptions): string {
  const paint = painter(colour)
  const blocks = [quiet ? '' : grid(matrix, paint), verdicts(matrix, out, paint), closing(matrix, out, paint)]
  return `\n${blocks.filter((block) => block !== '').join('\n\n')}\n`
}

/** A column a target, numbered, since names are long; a row a line that is not green everywhere. */
function grid(matrix: Matrix, paint: Paint): string {
  const open = openLines(matrix)
  if (open.length === 0) return ''
  const width = Math.max(...open.map(({ id }) => id.length))
  const numbers = matrix.targets.map((_, index) => String(index + 1).padStart(2)).join(' ')
  const rows = open.slice(0, SHOWN).map((line) => row(line, width, paint))
  const rest = open.length - rows.length
  return [
    paint('bold', `${plural(open.length, 'line')} not green everywhere`),
    `${' '.repeat(width)}  ${numbers}`,
    ...rows,
    ...(rest > 0 ? [`and ${rest} more, told in the matrix`] : []),
  ].join('\n')
}

function row(line: MatrixLine, width: number, paint: Paint): string {
  const cells = line.outcomes.map((outcome) => {
    const glyph = (outcome === null ? NO_OUTCOME : OUTCOME_GLYPHS[outcome]).padStart(2)
    const style = STYLES[outcome ?? '']
    return style === undefined ? glyph : paint(style, glyph)
  })
  const everywhere = differs(line) ? '' : ', the same everywhere'
  return `${line.id.padEnd(width)}  ${cells.join(' ')}  ${line.severity}${everywhere}  ${visibleLine(line.title)}`
}

function verdicts({ targets }: Matrix, out: string, paint: Paint): string {
  const width = Math.max(...targets.map(({ name }) => name.length))
  return targets
    .map(({ name, verdict, exitCode, counts, durationMs, report }, index) => {
      const style: Style = verdict === 'passed' ? 'green' : verdict === 'failed' ? 'red' : 'yellow'
      const number = String(index + 1).padStart(2)
      const head = `${number} ${name.padEnd(width)}  ${paint(style, verdict.toUpperCase())} (exit ${exitCode ?? 3})`
      return `${head}  ${countsInWords(counts)} in ${duration(durationMs)}\n   ${' '.repeat(width)}  ${out}/${report}/index.html`
    })
    .join('\n')
}

function closing(matrix: Matrix, out: string, paint: Paint): string {
  const style: Style =
    matrix.verdict === 'passed' ? ['green', 'bold'] : matrix.verdict === 'failed' ? ['red', 'bold'] : ['yellow', 'bold']
  const verdict = `${paint(style, matrix.verdict.toUpperCase())}: ${matrixSentence(matrix)} (exit ${matrix.exitCode})`
  return `matrix: ${out}/matrix.html\n${verdict}`
}
