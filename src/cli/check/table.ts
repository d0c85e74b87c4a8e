import { visible, visibleLine } from '../../report/text.ts'
import type { TargetSpec } from '../../targets/schema.ts'
import { type Finding, isTrouble } from './finding.ts'
import { sudoersLines } from './hosts.ts'

const GLYPHS: Readonly<Record<Finding['state'], string>> = {
  reached: '✓',
  partly: '~',
  unreachable: '✗',
  undescribed: '·',
  absent: '-',
}

/** What a target file's check prints: a row a part, then what to do about those that cannot be reached. */
export function checkText(spec: TargetSpec, findings: readonly Finding[]): string {
  const described = findings.filter(({ address }) => address !== '')
  const [parts, addresses] = [widest(described.map(({ part }) => part)), widest(described.map(({ address }) => address))]
  const rows = findings.map(
    ({ part, address, state, detail, todo }) =>
      `${GLYPHS[state]} ${part.padEnd(parts)}  ${visibleLine(address).padEnd(addresses)}  ${state.padEnd(11)}  ${visibleLine(detail)}${todo
        .map((one) => `\n    → ${visible(one)}`)
        .join('')}`,
  )
  const sudoers = sudoersLines(findings)
  return [
    `target ${spec.name} (${spec.kind}, ${spec.environment}) allows ${spec.allow.join(', ')}`,
    '',
    ...rows,
    ...(sudoers.length === 0
      ? []
      : ['', 'sudoers lines that are missing (edit with visudo on the host):', ...sudoers.map((line) => `  ${line}`)]),
    '',
    summary(findings),
    '',
  ].join('\n')
}

function summary(findings: readonly Finding[]): string {
  const trouble = findings.filter(isTrouble).length
  const described = findings.filter(({ state }) => state !== 'undescribed' && state !== 'absent').length
  return trouble === 0
    ? `All ${described} described parts can be looked at.`
    : `${trouble} of ${described} described parts cannot be looked at, or not wholly.`
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length))
}
