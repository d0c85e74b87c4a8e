import { check } from '../../src/check.ts'
import { silences } from '../../src/probes/alertmanager.ts'
import { hostFact } from '../../src/probes/host.ts'
import { promisedValue } from '../support/answers.ts'
import { lastEntry } from '../support/log-time.ts'
import { problemsOfWindow, windowsAround } from '../support/maintenance-window.ts'
import { parseStagingReport, stagingReport } from '../support/staging-report.ts'

const DAY_MS = 86_400_000

check(
  'MNT-19',
  'The maintenance window is announced as a silence with an owner, a comment and an end, of at most 8 hours and not of every alert.',
  (target) => silences(target.part('alertmanager').url),
  (answer, { expect, now }) => {
    const windows = windowsAround(promisedValue(answer, 'silences', expect), now)
    expect(windows.length, 'silences that begin within a day of now').toBeGreaterThan(0)
    expect(windows.flatMap(problemsOfWindow), 'what is wrong with them').toEqual([])
  },
)

check(
  'MNT-21',
  'Staging’s report is there: the whole runbook passed there within the last 7 days.',
  stagingReport,
  (text, { target, expect, atMost, now }) => {
    const most = atMost('maintenance.staging.age', 7, 'days')
    const report = parseStagingReport(text)
    expect(typeof report === 'string' ? report : '', 'what is wrong with the report').toBe('')
    if (typeof report === 'string') return
    const { run, verdict } = report
    const days = run.finishedAt === null ? Number.POSITIVE_INFINITY : (now.getTime() - Date.parse(run.finishedAt)) / DAY_MS
    const problems = [
      ...(report.target.name === target.name ? [`it is a report of ${target.name} itself`] : []),
      ...(verdict === 'passed' && run.exitCode === 0 ? [] : [`its verdict is ${verdict}, its exit code ${run.exitCode}`]),
      ...(run.selection === '' ? [] : [`it is not of the whole runbook: ${run.selection}`]),
      ...(run.finishedAt === null ? ['it was never finished'] : []),
      ...(days >= 0 && days <= most ? [] : [`it is ${days.toFixed(1)} days old`]),
    ]
    expect(problems, `why the report of ${report.target.name} does not clear this update`).toEqual([])
  },
)

check(
  'MNT-22',
  'What staging validated is what is to be released here: the same digest or version of every service.',
  stagingReport,
  (text, { target, expect, unobserved }) => {
    const wanted = target.spec.release?.services ?? {}
    if (Object.keys(wanted).length === 0) {
      const why = `nothing says what is to be released on ${target.name}; give --release=FILE or \`release.services\` in its file`
      unobserved({ id: 'undescribed:release', text: why })
    }
    const report = parseStagingReport(text)
    expect(typeof report === 'string' ? report : '', 'what is wrong with the report').toBe('')
    if (typeof report === 'string') return
    const validated = report.target.release
    const different = Object.entries(wanted)
      .filter(([service, digest]) => validated[service] !== digest)
      .map(([service, digest]) => `${service}: ${digest} is to be released, staging ran ${validated[service] ?? 'none'}`)
    expect(different, 'what staging did not validate').toEqual([])
  },
)

check(
  'MNT-23',
  'The last entry of the deployment log lies within an announced maintenance window.',
  (target) => ({ silences: silences(target.part('alertmanager').url), log: hostFact(target, 'services', 'deployLog') }),
  ({ silences: answer, log }, { expect }) => {
    const windows = promisedValue(answer, 'silences', expect)
    const last = lastEntry(log.tail)
    expect(last, `a time in the last lines of ${log.path}`).toBeDefined()
    const inside = windows.filter(
      ({ startsAt, endsAt }) => Number(last) >= Date.parse(startsAt) && Number(last) <= Date.parse(endsAt),
    )
    expect(inside.length, `silences in whose time the deploy ended (${last?.toISOString()})`).toBeGreaterThan(0)
  },
)

check(
  'MNT-25',
  'No silence of a maintenance window is still active after the update.',
  (target) => silences(target.part('alertmanager').url),
  (answer, { expect }) => {
    const active = promisedValue(answer, 'silences', expect).filter(({ status }) => status.state === 'active')
    expect(
      active.map(({ id, createdBy, comment, endsAt }) => `${id} by ${createdBy} until ${endsAt}: ${comment}`),
      'active silences',
    ).toEqual([])
  },
)
