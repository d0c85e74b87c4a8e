import { collect } from '../../host/collect.ts'
import type { HostFacts, Missing } from '../../host/facts.ts'
import { hostAddress, openShell } from '../../host/open.ts'
import type { HostSpec, TargetSpec } from '../../targets/schema.ts'
import type { Finding } from './finding.ts'

/** Connects to each machine once, whatever roles it plays, asks for all facts and says which of them it does not tell. */
export async function lookAtHosts(spec: TargetSpec, signal: AbortSignal): Promise<Finding[]> {
  const roles = Object.entries(spec.hosts).filter(([role]) => spec.parts[`hosts.${role}`] !== 'none')
  const machines = [...Map.groupBy(roles, ([, host]) => hostAddress(host))]
  return Promise.all(
    machines.map(([address, [first, ...others]]) => {
      const named = [first, ...others].flatMap((one) => (one === undefined ? [] : [one[0]])).join(', ')
      return lookAtHost(`hosts.${named}`, address, first?.[1], spec, signal)
    }),
  )
}

async function lookAtHost(
  part: string,
  address: string,
  host: HostSpec | undefined,
  spec: TargetSpec,
  signal: AbortSignal,
): Promise<Finding> {
  if (host === undefined) return { part, address, state: 'undescribed', detail: '', todo: [] }
  try {
    const shell = await openShell(host)
    try {
      const { facts } = await collect(shell, host, spec, signal)
      return judged(part, address, facts)
    } finally {
      await shell.close()
    }
  } catch (error) {
    const [detail = '', ...todo] = (error instanceof Error ? error.message : String(error)).split(/; (?=[^;]*$)/)
    return { part, address, state: 'unreachable', detail, todo }
  }
}

/** A section that is missing for want of a right or a tool can be mended; each remedy is named once. */
function judged(part: string, address: string, facts: HostFacts): Finding {
  const sections = Object.entries(facts)
  const missing = sections.flatMap(([name, section]): [string, Missing][] => (section.ok ? [] : [[name, section]]))
  const gaps = partial(facts)
  const account = facts.account.ok ? `as ${facts.account.facts.account}` : 'as an unknown account'
  const detail = `${account}: tells ${sections.length - missing.length} of ${sections.length} kinds of facts`
  const todo = [...Map.groupBy(missing, ([, { remedy, reason }]) => `${reason}: ${remedy}`)].map(
    ([why, list]) => `${list.map(([name]) => name).join(', ')}: ${why}`,
  )
  return { part, address, state: missing.length + gaps.length === 0 ? 'reached' : 'partly', detail, todo: [...todo, ...gaps] }
}

/** What sections that tell something leave out for want of a right. */
function partial({ secretContents, worldWritable }: HostFacts): string[] {
  const closed = worldWritable.ok && worldWritable.facts.unreadable.length > 0 ? worldWritable.facts.lacking : null
  const hidden = secretContents.ok ? secretContents.facts.lacking : null
  return [
    ...(closed === null ? [] : [`worldWritable: not every directory may be searched: ${closed}`]),
    ...(hidden === null ? [] : [`secretContents: what belongs to the processes of others is hidden: ${hidden}`]),
  ]
}

/** `deploy ALL=(root) NOPASSWD: …`: the sudoers lines that the findings ask for, each once. */
export function sudoersLines(findings: readonly Finding[]): string[] {
  const lines = findings.flatMap(({ todo }) => todo.flatMap((one) => [...one.matchAll(/`(\S+ ALL=\(root\) NOPASSWD: [^`]+)`/g)]))
  return [...new Set(lines.map(([, line = '']) => line))]
}
