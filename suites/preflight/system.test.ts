import { check } from '../../src/check.ts'
import { Unobserved } from '../../src/outcome.ts'
import { httpDate } from '../../src/probes/http-date.ts'
import { clockFinding } from '../support/clock.ts'
import { releaseOf } from '../support/end-of-support.ts'
import { endpointRequest } from '../support/endpoint.ts'
import { judgeFindings } from '../support/findings.ts'
import { beside, ofEachMachine } from '../support/machines.ts'
import { isAtLeast } from '../support/version.ts'

check(
  'PRE-15',
  'The operating system of every host is a release that its maker still mends today.',
  (target) => ofEachMachine(target, 'os'),
  (answers, judging) => {
    const today = judging.now.toISOString().slice(0, 10)
    const findings = beside(judging.target, answers).map(({ machine, facts }) => {
      const release = releaseOf(facts.id, facts.versionId)
      const name = facts.prettyName || `${facts.id} ${facts.versionId}`
      if (release === undefined)
        return {
          unknown: `${machine.name}: the table of support ends does not know ${name}; add it to suites/support/end-of-support.ts`,
        }
      return today <= release.until
        ? null
        : { wrong: `${machine.name}: ${name} is out of support since ${release.until} (${release.source})` }
    })
    judgeFindings(findings, `operating systems supported on ${today}`, judging)
  },
)

check(
  'PRE-16',
  'Every host runs Linux 4.18 or newer.',
  (target) => ofEachMachine(target, 'os'),
  (answers, judging) => {
    const findings = beside(judging.target, answers).map(({ machine, facts }) =>
      isAtLeast(facts.kernel, '4.18') ? null : { wrong: `${machine.name}: kernel "${facts.kernel}"` },
    )
    judgeFindings(findings, 'kernels of 4.18 or newer', judging)
  },
)

check(
  'PRE-17',
  'No host waits for a reboot.',
  (target) => ofEachMachine(target, 'reboot'),
  (answers, judging) => {
    const findings = beside(judging.target, answers).map(({ machine, facts: { required, why } }) => {
      if (required === null) return { unknown: `${machine.name} does not tell whether it waits for a reboot: ${why}` }
      return required ? { wrong: `${machine.name}: ${why}` } : null
    })
    judgeFindings(findings, 'no pending reboot', judging)
  },
)

check(
  'PRE-18',
  'The clock of every host is kept synchronous by a time service.',
  (target) => ofEachMachine(target, 'clock'),
  (answers, judging) => {
    const findings = beside(judging.target, answers).map(({ machine, facts: { synchronized, source } }) => {
      if (synchronized === null)
        return { unknown: `${machine.name}: no time service answers (timedatectl, chronyc, ntpq); install one, such as chrony` }
      return synchronized ? null : { wrong: `${machine.name}: ${source} says that the clock is not synchronised` }
    })
    judgeFindings(findings, 'synchronised clocks', judging)
  },
)

check(
  'PRE-19',
  'The clock of every host differs by less than 2 seconds from the one behind the public endpoint.',
  (target) => {
    const [endpoint] = target.endpoints
    if (endpoint === undefined) {
      throw new Unobserved({
        id: 'undescribed:services.public',
        text: `target ${target.name} names no public endpoint whose clock could be asked; add \`services.*.public\``,
      })
    }
    return { clocks: ofEachMachine(target, 'clock'), date: httpDate({ ...endpointRequest(target, endpoint), path: '/' }) }
  },
  ({ clocks, date }, judging) => {
    const most = judging.atMost('clock.skew', 2, 's')
    const findings = beside(judging.target, clocks).map(({ machine, facts }) =>
      clockFinding(machine.name, facts.ahead, date, most),
    )
    judgeFindings(findings, `clocks less than ${most} s apart`, judging)
  },
)

check(
  'PRE-20',
  'Every host keeps its time in the time zone that the target file names (UTC unless it says otherwise).',
  (target) => ofEachMachine(target, 'clock'),
  (answers, judging) => {
    const wanted = judging.target.spec.expect.timeZone
    const findings = beside(judging.target, answers).map(({ machine, facts: { timeZone, utcOffset } }) => {
      if (
        wanted === 'UTC' &&
        utcOffset === '+0000' &&
        /^(|UTC|Etc\/(UTC|UCT|GMT|Universal|Zulu)|GMT|UCT|Zulu|Universal)$/.test(timeZone)
      )
        return null
      return timeZone === wanted ? null : { wrong: `${machine.name}: time zone "${timeZone}", offset ${utcOffset}` }
    })
    judgeFindings(findings, `time zone ${wanted}`, judging)
  },
)
