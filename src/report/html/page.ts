import type { VNode } from 'preact'
import type { Report } from '../model.ts'
import { blindSpots, signatures, waivers } from './blind-spots.ts'
import { comparison } from './comparison.ts'
import { htmlDocument } from './document.ts'
import { fragment, h } from './element.ts'
import { evidenceView } from './evidence.ts'
import { failures } from './failures.ts'
import { banner } from './header.ts'
import { measurements } from './measurements.ts'
import { time } from './parts.ts'
import { provenance } from './provenance.ts'
import { recoveryFigures } from './recovery-figures.ts'
import { releaseLanded } from './release.ts'
import { rollbackLoss } from './rollback-loss.ts'
import { runbook } from './runbook.ts'
import { settled } from './settled.ts'
import { recovery } from './timeline.ts'

/** index.html: the whole report in one file that needs no network and no script, and may load nothing. */
export function renderHtml(report: Report): string {
  const { target, verdict, run } = report
  const title = [run.ticket, verdict.toUpperCase(), `runbook on ${target.name}`, run.selection]
    .filter((part) => part !== '')
    .join(' · ')
  return htmlDocument(title, body(report))
}

function body(report: Report): VNode {
  const view = evidenceView(report)
  return fragment(
    h('a', { class: 'skip', href: '#content' }, 'Skip to what was found'),
    banner(report),
    h(
      'main',
      { id: 'content' },
      comparison(report),
      releaseLanded(report),
      settled(report),
      failures(report, view),
      blindSpots(report),
      rollbackLoss(report),
      signatures(report),
      waivers(report),
      runbook(report, view),
      measurements(report),
      recoveryFigures(report),
      recovery(report),
      provenance(report),
    ),
    h(
      'footer',
      null,
      h(
        'p',
        null,
        `Run ${report.run.id}, started `,
        time(report.run.startedAt),
        `. Raw answers are cut to ${view.capBytes} bytes here and whole in report.json beside this file. All times are UTC.`,
      ),
    ),
  )
}
