import type { VNode } from 'preact'
import type { Report } from '../model.ts'
import type { RollbackLoss } from '../rollback-loss.ts'
import { isWorthTelling, lossSentence } from '../rollback-loss-words.ts'
import { figure, visibleLine } from '../text.ts'
import { type Content, h } from './element.ts'
import { section, table, time } from './parts.ts'

/** What would be gone if somebody rolled back now; nothing where nobody looked. */
export function rollbackLoss({ rollbackLoss: loss }: Report): VNode | null {
  if (loss === undefined) return null
  return section(
    'rollback-loss',
    'If you roll back now',
    h('p', null, visibleLine(lossSentence(loss))),
    loss.backup === null
      ? null
      : h(
          'p',
          { class: 'soft small' },
          'Backup ',
          h('code', null, visibleLine(loss.backup.path)),
          ', taken ',
          time(loss.backup.takenAt),
          '; counted ',
          time(loss.at),
          '.',
        ),
    tables(loss),
    topics(loss),
    loss.keys === null
      ? null
      : h('p', null, `Redis holds ${figure(loss.keys.now)} keys; the backup’s snapshot holds ${figure(loss.keys.was)}.`),
    loss.schema.vanishing.length === 0
      ? null
      : [
          h('h3', null, 'Would vanish'),
          h(
            'ul',
            null,
            loss.schema.vanishing.map((one) => h('li', null, visibleLine(one))),
          ),
        ],
    loss.backup === null || loss.unknown.length === 0
      ? null
      : h(
          'ul',
          null,
          loss.unknown.map((why) => h('li', null, `Not known: ${visibleLine(why)}`)),
        ),
  )
}

function tables({ tables: all }: RollbackLoss): Content {
  const rows = all.filter(isWorthTelling)
  if (rows.length === 0) return null
  const number = (value: number | null): string => (value === null ? 'not known' : figure(value))
  const numeric = ['Made since', 'Deleted since', 'Then', 'Now']
  return table(
    ['Table', ...numeric, 'Newest row', 'Note'],
    rows.map(({ table: name, lost, back, was, now, newest, note }) => [
      visibleLine(name),
      number(lost),
      number(back),
      was === null ? 'not there' : figure(was),
      number(now),
      newest === null ? '' : time(newest),
      visibleLine(note),
    ]),
    { numeric },
  )
}

function topics({ topics: all }: RollbackLoss): Content {
  const rows = all.filter(({ events, note }) => events > 0 || note !== '')
  if (rows.length === 0) return null
  return table(
    ['Topic', 'Events since', 'Note'],
    rows.map(({ topic, events, note }) => [visibleLine(topic), figure(events), visibleLine(note)]),
    { numeric: ['Events since'] },
  )
}
