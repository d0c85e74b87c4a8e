import { check } from '../../src/check.ts'
import { metrics, sumOf } from '../../src/probes/exposition.ts'
import { hostFact } from '../../src/probes/host.ts'
import { promisedValue } from '../support/answers.ts'
import { notThere } from '../support/not-there.ts'

const GIB = 1024 ** 3
const MIB = 1024 ** 2
const DAY_SECONDS = 86_400

check(
  'MNT-02',
  'The application’s logs take at most 5 GiB on the services host, and no single file of them more than 500 MiB.',
  (target) => hostFact(target, 'services', 'logs'),
  ({ size, files }, { target, expect, atMost, unobserved, measure }) => {
    const most = atMost('maintenance.logs.total', 5, 'GiB')
    const mostOfOne = atMost('maintenance.logs.file', 500, 'MiB')
    if (size === null) {
      const thing = { what: 'the directory of logs', setting: 'paths.application' }
      return unobserved(notThere(target, `${target.spec.paths.application}/logs`, thing))
    }
    const gib = size / GIB
    measure({ name: 'maintenance.logs.total', unit: 'GiB', value: gib, limit: most, sampleCount: 1, series: [] })
    expect(gib, 'GiB of logs').toBeLessThanOrEqual(most)
    const large = files.filter((file) => file.size > mostOfOne * MIB)
    expect(
      large.map(({ path, size: bytes }) => `${path}: ${Math.round(bytes / MIB)} MiB`),
      'log files that are too large',
    ).toEqual([])
  },
)

check(
  'MNT-03',
  'logrotate is installed on the services host, and a rule of it rotates the application’s log directory by time or size and keeps a bounded number of old files.',
  (target) => hostFact(target, 'services', 'logs'),
  ({ logrotateInstalled, rotation }, { target, expect }) => {
    const directory = `${target.spec.paths.application}/logs`
    const rules = rotation.filter(({ text }) => text.includes(directory))
    expect(logrotateInstalled, 'logrotate is installed').toBe(true)
    expect(
      rules.map(({ path }) => path),
      `files of logrotate.d that name ${directory}`,
    ).not.toEqual([])
    expect(rules.flatMap(problemsOfRule), 'what the rules lack').toEqual([])
  },
)

check(
  'MNT-05',
  'No security update is pending on the services host, by package lists that are at most 7 days old.',
  (target) => hostFact(target, 'services', 'updates'),
  ({ security, listsModified, manager }, { expect, atMost, unobserved, now }) => {
    const most = atMost('maintenance.packageLists.age', 7, 'days')
    const days = listsModified === null ? null : (now.getTime() / 1_000 - listsModified) / DAY_SECONDS
    if (security === null) {
      const text = `${manager} does not tell which updates mend security faults; look at its list by hand`
      return unobserved({ id: 'updates:unknown', text })
    }
    // What is pending by old lists is pending today as well; that nothing is says nothing.
    if (security.length === 0 && (days === null || days > most)) {
      const age = days === null ? 'of unknown age' : `${Math.floor(days)} days old`
      unobserved({ id: 'updates:stale', text: `the package lists of ${manager} are ${age}; refresh them, then ask again` })
    }
    expect(security, 'packages with a pending security update').toEqual([])
  },
)

check(
  'MNT-06',
  'The Prometheus configuration and every rule file on the services host are those that were reviewed last.',
  (target) => ({
    configuration: hostFact(target, 'services', 'prometheusConfig'),
    rules: hostFact(target, 'services', 'prometheusRules'),
  }),
  ({ configuration, rules }, { target, expect, unobserved }) => {
    const { reviewed } = target.spec.expect
    if (Object.keys(reviewed).length === 0) {
      const text = `target ${target.name} records no reviewed monitoring configuration; review it and add path and SHA-256 to \`expect.reviewed\``
      unobserved({ id: 'undescribed:expect.reviewed', text })
    }
    const found = new Map(
      [configuration, ...rules.files].filter(({ exists }) => exists).map(({ path, sha256 }) => [path, sha256]),
    )
    const changed = [...found].filter(([path, hash]) => reviewed[path] !== hash).map(([path]) => path)
    const gone = Object.keys(reviewed).filter((path) => !found.has(path))
    expect(changed, 'files that differ from the reviewed ones, or were never reviewed').toEqual([])
    expect(gone, 'reviewed files that are gone').toEqual([])
  },
)

check(
  'MNT-08',
  'Alertmanager has failed to deliver no notification since it started.',
  (target) => metrics({ system: 'alertmanager', url: target.part('alertmanager').url, path: '/metrics' }),
  (answer, { expect, measure }) => {
    const exposition = promisedValue(answer, 'metrics of Alertmanager', expect)
    expect([...exposition.types.keys()], 'metrics of Alertmanager').toContain('alertmanager_notifications_failed_total')
    const failed = exposition.samples.filter(({ name, value }) => name === 'alertmanager_notifications_failed_total' && value > 0)
    const sum = sumOf(exposition, 'alertmanager_notifications_failed_total')
    measure({ name: 'maintenance.notifications.failed', unit: 'notifications', value: sum, limit: 0, sampleCount: 1, series: [] })
    expect(
      failed.map(({ labels, value }) => `${JSON.stringify(labels)}: ${value}`),
      'failed notifications',
    ).toEqual([])
  },
)

function problemsOfRule({ path, text }: { readonly path: string; readonly text: string }): string[] {
  const rule = text.replaceAll(/#.*$/gm, '')
  const isTriggered = /^\s*(hourly|daily|weekly|monthly|(?:max)?size\s+\d+[kMG]?)\b/m.test(rule)
  const isBounded = /^\s*(rotate\s+\d+|maxage\s+\d+)\b/m.test(rule)
  return [
    ...(isTriggered ? [] : [`${path} says neither how often nor at what size`]),
    ...(isBounded ? [] : [`${path} keeps old files without bound (no rotate, no maxage)`]),
  ]
}
