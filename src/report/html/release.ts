import type { VNode } from 'preact'
import type { Report } from '../model.ts'
import type { DeployStep, ReleaseComparison, ReleasedService } from '../release-comparison.ts'
import { againstWords, drifted, driftWords, STATE_WORDS, STEP_WORDS, schemaWords, shortImage } from '../release-words.ts'
import { visibleLine } from '../text.ts'
import { type Content, h } from './element.ts'
import { fold, section, table } from './parts.ts'

const GLYPHS: Readonly<Record<DeployStep['state'], string>> = { done: '✓', partly: '◐', open: '·', nothing: '–', unknown: '?' }

/** What has landed of a release, and how far the deploy got; nothing where nobody asked. */
export function releaseLanded({ releaseComparison: landed }: Report): VNode | null {
  if (landed === undefined) return null
  return section(
    'release',
    'How far the deploy got',
    h('p', { class: 'lead' }, visibleLine(landed.sentence)),
    h(
      'p',
      { class: 'soft small' },
      'Should be there: ',
      h('code', null, visibleLine(landed.wanted)),
      landed.previous === null ? '; nobody told what was there before.' : `. Was there before: ${visibleLine(landed.previous)}.`,
    ),
    h('div', { class: 'card' }, stepsTable(landed), servicesTable(landed.services)),
    h('p', null, `Schema: ${visibleLine(schemaWords(landed.schema))}. Configuration: ${driftWords(landed)}.`),
    drift(landed),
    landed.unknown.length === 0
      ? null
      : h(
          'ul',
          null,
          landed.unknown.map((why) => h('li', null, `Not known: ${visibleLine(why)}`)),
        ),
  )
}

function stepsTable({ steps }: ReleaseComparison): VNode {
  return table(
    ['Step of the deploy', 'Stands', 'Seen by'],
    steps.map(({ number, name, state, evidence }) => [
      `${number}. ${visibleLine(name)}`,
      [h('span', { 'aria-hidden': 'true' }, `${GLYPHS[state]} `), STEP_WORDS[state]],
      visibleLine(evidence),
    ]),
  )
}

function servicesTable(services: readonly ReleasedService[]): Content {
  const image = (text: string | null): Content =>
    text === null || text === '' ? '' : h('code', { title: text }, shortImage(visibleLine(text)))
  return table(
    ['Service', 'Runs', 'Image', 'New', 'Old', 'Besides'],
    services.map(({ service, state, running, wanted, previous, note }) => [
      visibleLine(service),
      STATE_WORDS[state],
      image(running.join(', ')),
      image(wanted),
      image(previous),
      visibleLine(note),
    ]),
  )
}

function drift(landed: ReleaseComparison): Content {
  if (landed.configuration.length === 0) return null
  const changed = drifted(landed)
  return [
    changed.length === 0
      ? null
      : h(
          'ul',
          null,
          changed.map(({ what, against }) => h('li', null, h('code', null, visibleLine(what)), `: ${againstWords(against)}`)),
        ),
    fold(
      'Every configuration that was seen',
      table(
        ['What', 'State', 'Found', 'Expected'],
        landed.configuration.map(({ what, state, found, expected }) => [
          visibleLine(what),
          state,
          h('code', null, found ?? 'not seen'),
          h('code', null, expected ?? 'nobody told'),
        ]),
      ),
    ),
  ]
}
