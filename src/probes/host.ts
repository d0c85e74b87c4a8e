import { type Absence, absenceOf } from '../host/absence.ts'
import type { Facts, HostFacts, Missing, SectionName } from '../host/facts.ts'
import { hostAddress, shellEffect } from '../host/open.ts'
import { quote } from '../host/questions.ts'
import { reproduceSection } from '../host/reproduce.ts'
import { Absent, Unobserved } from '../outcome.ts'
import type { Probe } from '../probe.ts'
import { derived } from '../probe.ts'
import type { TargetSpec } from '../targets/schema.ts'
import type { Host, Target } from '../targets/target.ts'
import { keptShell } from './kept-shell.ts'

/** The collector bounds each section itself; all of them together must be done by then. */
const DEADLINE_MS = 60_000

/**
 * Everything a host says of itself, in one round trip that all checks share; roles that one machine plays share it too.
 * The value's sections are each there or missing with reason and remedy.
 */
export function hostFacts(host: Host, spec: TargetSpec): Probe<HostFacts> {
  const address = hostAddress(host)
  return {
    kind: 'host',
    access: {
      system: 'host',
      address,
      operation: 'collect facts: one read-only sh script over stdin',
      effect: shellEffect(host),
      reproduce: elsewhere(host, 'uname -a; df -h; docker info'),
    },
    deadlineMs: DEADLINE_MS,
    async read(session) {
      const { collect } = await import('../host/collect.ts')
      const shell = await keptShell(session, host)
      const { facts, text } = await collect(shell, host, spec, session.signal)
      return host.simulated ? { value: facts, raw: text, origin: 'simulated' } : { value: facts, raw: text }
    },
  }
}

/**
 * One section of what the host of that role says of itself, such as `hostFact(target, 'services', 'machine')`.
 * The roles are the target file's: `services`, `database`, `broker`.
 * Where what it is about (the environment file, say) is not there at all, it reads nothing and throws Absent: a line that
 * promises the thing wraps it in `promised`.
 * @throws NotApplicable or Unobserved, while it is declared, where the target has no such host or does not describe it.
 */
export function hostFact<S extends SectionName>(target: Target, role: string, section: S): Probe<Facts<S>> {
  const host = target.host(role)
  return derived(hostFacts(host, target.spec), {
    operation: `collect facts: ${section}`,
    reproduce: elsewhere(host, reproduceSection(section, target.spec)),
    pick: (facts) => {
      const found = facts[section]
      if (!found.ok) throw found.cause === undefined ? missing(role, host, section, found) : new Unobserved(found.cause)
      const absence = absenceOf(section, facts, target.spec)
      if (absence !== undefined) throw absent(target, role, absence, found.text)
      return { value: found.facts as Facts<S>, raw: found.text }
    },
  })
}

/** What to throw where the host of that role does not have something; its `rootCause` is what a judge ends with. */
export function absent(target: Target, role: string, { thing, what, state, advice, isAbove }: Absence, raw: string): Absent {
  const address = hostAddress(target.host(role))
  return new Absent(`${address}:${thing}`, `on the ${role} host (${address}) ${what} ${state}; ${advice}`, {
    refused: !isAbove,
    raw,
  })
}

function missing(role: string, host: Host, section: string, { reason, remedy }: Missing): Unobserved {
  return new Unobserved({
    id: `host:${hostAddress(host)}:${section}`,
    text: `the ${role} host (${hostAddress(host)}) did not tell its ${section}: ${reason}; ${remedy}`,
  })
}

/** The line as an operator pastes it on a machine that is not that host. */
function elsewhere(host: Host, line: string): string {
  const there = host.root === '' ? line : `cd ${quote(host.root)} && ${line.replaceAll(/(?<=^|[\s'])\/(?=[a-z])/g, './')}`
  if (host.shell === 'ssh') return `ssh ${host.address} ${quote(there)}`
  if (host.shell === 'container') return `docker exec -i ${host.address} sh -c ${quote(there)}`
  return there
}
