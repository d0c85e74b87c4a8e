import type { VNode } from 'preact'
import type { Report } from '../model.ts'
import { amount, visibleLine } from '../text.ts'
import { type Content, h } from './element.ts'
import { fold, lineLink, section, shell, table } from './parts.ts'

/** What an auditor asks for: limits in force, connections and effects, what the verdict was read from, what runs there. */
export function provenance(report: Report): VNode | null {
  return section(
    'provenance',
    'Limits, connections, inputs',
    h(
      'div',
      { class: 'card' },
      limits(report),
      connections(report),
      hosts(report),
      release(report),
      parts(report),
      inputs(report),
      diagnostics(report),
    ),
  )
}

function limits({ checks }: Report): Content {
  const used = checks.flatMap(({ id, limits: ofCheck }) => ofCheck.map((limit) => ({ id, ...limit })))
  if (used.length === 0) return h('p', { class: 'soft' }, 'No check used a limit.')
  const overridden = used.filter(({ value, default: runbook, source }) => value !== runbook || source !== 'runbook')
  const rows = [...overridden, ...used.filter((one) => !overridden.includes(one))].map(
    ({ id, name, unit, value, default: runbook, source }) => [
      lineLink(id),
      visibleLine(name),
      amount(value, unit),
      amount(runbook, unit),
      source,
    ],
  )
  return fold(
    `${used.length} limits, ${overridden.length} of them overridden by the target file`,
    table(['Line', 'Limit', 'In force', 'Runbook', 'Source (owner, expiry and reason where overridden)'], rows, {
      numeric: ['In force', 'Runbook'],
    }),
  )
}

function connections({ target }: Report): Content {
  if (target.connections.length === 0) return h('p', { class: 'soft' }, 'No connection was made.')
  const effects = [...new Set(target.connections.map(({ effect }) => effect))]
  return fold(
    `${target.connections.length} connections made; effects used: ${effects.join(', ')}`,
    table(
      ['System', 'Address', 'Effect', 'Accesses'],
      target.connections.map(({ system, address, effect, count }) => [
        visibleLine(system),
        h('code', null, visibleLine(address)),
        effect,
        count,
      ]),
      { numeric: ['Accesses'] },
    ),
  )
}

function hosts({ target }: Report): Content {
  if (target.hosts.length === 0) return null
  return fold(
    `Hosts by role: ${target.hosts.map(({ role }) => role).join(', ')}`,
    table(
      ['Role', 'Reached as', 'Host key'],
      target.hosts.map(({ role, account, hostKey }) => [
        visibleLine(role),
        h('code', null, visibleLine(account)),
        h('code', null, visibleLine(hostKey)),
      ]),
    ),
  )
}

function release({ target }: Report): Content {
  const facts = Object.entries(target.release)
  if (facts.length === 0) return null
  return fold(
    `What is released there, in ${facts.length} facts`,
    table(
      ['What', 'Version, digest or hash'],
      facts.map(([name, version]) => [visibleLine(name), h('code', null, visibleLine(version))]),
    ),
  )
}

function parts({ target }: Report): Content {
  if (target.parts.length === 0) return null
  return fold(
    `Parts of the target: ${target.parts.map(({ name }) => name).join(', ')}`,
    table(
      ['Part', 'Image', 'Digest', 'Origin'],
      target.parts.map(({ name, image, digest, origin }) => [
        visibleLine(name),
        h('code', null, visibleLine(image)),
        h('code', null, visibleLine(digest)),
        origin,
      ]),
    ),
  )
}

function inputs({ run }: Report): Content {
  if (run.inputs.length === 0) return null
  return fold(
    `${run.inputs.length} input files that the verdict depends on`,
    table(
      ['File', 'SHA-256', 'Commit', 'Author'],
      run.inputs.map(({ file, sha256, commit, author }) => [
        h('code', null, visibleLine(file)),
        h('code', null, sha256),
        commit === '' ? 'not committed' : h('code', null, commit.slice(0, 12)),
        visibleLine(author),
      ]),
    ),
  )
}

function diagnostics({ diagnostics: collected }: Report): Content {
  if (collected.length === 0) return null
  return fold(
    `${collected.length} diagnostics collected because something failed (beside this file)`,
    collected.map(({ area, title, reproduce, file }) =>
      h(
        'div',
        null,
        h('h3', null, `${visibleLine(area)}: ${visibleLine(title)}`),
        h('p', null, h('a', { href: encodeURI(file) }, visibleLine(file))),
        shell(reproduce),
      ),
    ),
  )
}
