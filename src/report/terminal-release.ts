import type { Report } from './model.ts'
import type { Paint } from './paint.ts'
import { againstWords, drifted, driftWords, STATE_WORDS, STEP_WORDS, schemaWords, shortImage } from './release-words.ts'
import { lossSentence } from './rollback-loss-words.ts'
import { visibleLine } from './text.ts'

const COLOURS = {
  new: 'green',
  same: 'green',
  old: 'yellow',
  mixed: 'red',
  unknown: 'red',
  stopped: 'red',
  missing: 'red',
  unobserved: 'yellow',
} as const
const STEP_GLYPHS = { done: '✓', partly: '◐', open: '·', nothing: '-', unknown: '?' } as const

/** How far the deploy got, and what runs; empty where nobody asked. */
export function releaseBlock({ releaseComparison: landed }: Report, paint: Paint): string {
  if (landed === undefined) return ''
  return [
    paint('bold', visibleLine(landed.sentence)),
    `  ${landed.steps.map(({ number, name, state }) => `${STEP_GLYPHS[state]} ${number} ${name}${state === 'done' ? '' : ` (${STEP_WORDS[state]})`}`).join('  ')}`,
    ...landed.services.map(
      ({ service, state, running, note }) =>
        `  ${paint(COLOURS[state], visibleLine(service))} ${STATE_WORDS[state]}${running.length === 0 ? '' : `: ${shortImage(visibleLine(running.join(', ')))}`}${note === '' ? '' : ` — ${visibleLine(note)}`}`,
    ),
    `  schema ${visibleLine(schemaWords(landed.schema))}`,
    `  configuration: ${driftWords(landed)}`,
    ...drifted(landed).map(({ what, against }) => `    ${paint('yellow', '≠')} ${visibleLine(what)}: ${againstWords(against)}`),
    ...landed.unknown.map((why) => `  ${paint('yellow', '?')} ${visibleLine(why)}`),
  ].join('\n')
}

/** What rolling back now would lose, in a sentence; empty where nobody looked. */
export function lossBlock({ rollbackLoss }: Report, paint: Paint): string {
  return rollbackLoss === undefined ? '' : `${paint('bold', 'If you roll back now:')} ${visibleLine(lossSentence(rollbackLoss))}`
}
