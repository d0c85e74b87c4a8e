import type { Report } from './model.ts'
import { againstWords, drifted, driftWords, STATE_WORDS, STEP_WORDS, schemaWords, shortImage } from './release-words.ts'
import { isWorthTelling, lossSentence } from './rollback-loss-words.ts'
import { figure, utc } from './text.ts'

/** Text that came from anywhere, made harmless, as the caller does it. */
type Inline = (text: string) => string

/** How far the deploy got, and what runs, as paragraphs; none where nobody asked. */
export function releaseParagraphs({ releaseComparison: landed }: Report, inline: Inline): string[] {
  if (landed === undefined) return []
  const cell = (text: string | null): string => (text === null || text === '' ? '' : inline(shortImage(text)))
  return [
    `**${inline(landed.sentence)}**`,
    `Compared with ${inline(landed.wanted)}${landed.previous === null ? '; nobody told what was there before' : `, and before: ${inline(landed.previous)}`}.`,
    tableOf(
      ['step', 'stands', 'seen by'],
      landed.steps.map(({ number, name, state, evidence }) => [
        `${number}. ${inline(name)}`,
        STEP_WORDS[state],
        inline(evidence),
      ]),
    ),
    tableOf(
      ['service', 'runs', 'image', 'new', 'old', ''],
      landed.services.map(({ service, state, running, wanted, previous, note }) => [
        inline(service),
        STATE_WORDS[state],
        cell(running.join(', ')),
        cell(wanted),
        cell(previous),
        inline(note),
      ]),
    ),
    `Schema: ${inline(schemaWords(landed.schema))}. Configuration: ${driftWords(landed)}.`,
    drifted(landed)
      .map(({ what, against }) => `- ${inline(what)}: ${againstWords(against)}`)
      .join('\n'),
    landed.unknown.map((why) => `- not known: ${inline(why)}`).join('\n'),
  ]
}

/** What rolling back now would lose; none where nobody looked. */
export function lossParagraphs({ rollbackLoss: loss }: Report, inline: Inline): string[] {
  if (loss === undefined) return []
  const number = (value: number | null): string => (value === null ? 'not known' : figure(value))
  const rows = loss.tables.filter(isWorthTelling)
  const topics = loss.topics.filter(({ events, note }) => events > 0 || note !== '')
  return [
    inline(lossSentence(loss)),
    rows.length === 0
      ? ''
      : tableOf(
          ['table', 'made since', 'deleted since', 'then', 'now', 'newest row', ''],
          rows.map(({ table, lost, back, was, now, newest, note }) => [
            inline(table),
            number(lost),
            number(back),
            was === null ? 'not there' : figure(was),
            number(now),
            newest === null ? '' : utc(newest),
            inline(note),
          ]),
        ),
    topics.length === 0
      ? ''
      : tableOf(
          ['topic', 'events since', ''],
          topics.map(({ topic, events, note }) => [inline(topic), figure(events), inline(note)]),
        ),
    loss.schema.vanishing.map((one) => `- would vanish: ${inline(one)}`).join('\n'),
    loss.backup === null ? '' : loss.unknown.map((why) => `- not known: ${inline(why)}`).join('\n'),
  ]
}

function tableOf(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')
}
