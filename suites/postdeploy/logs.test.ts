import { check } from '../../src/check.ts'
import { containerLogs } from '../../src/probes/docker-logs.ts'
import type { Target } from '../../src/targets/target.ts'
import { errorBurst, isStructured } from '../support/log-lines.ts'

/** Lines of each service that are looked at. */
const TAIL = 1_000

const serviceLogs = (target: Target) =>
  containerLogs(target.part('docker'), {
    project: target.part('compose').project,
    services: target.services.map(({ name, container = name }) => container),
    tail: TAIL,
  })

check('POST-69', 'Every line that a service has logged since it started is one JSON object.', serviceLogs, (logs, { expect }) => {
  const silent = logs.filter(({ lines }) => lines.length === 0).map(({ service }) => service)
  const plain = logs
    .map(({ service, lines }) => ({ service, count: lines.filter((line) => !isStructured(line)).length, of: lines.length }))
    .filter(({ count }) => count > 0)
    .map(({ service, count, of }) => `${service}: ${count} of ${of} lines`)
  expect(logs, 'services that were asked').not.toEqual([])
  expect(silent, 'services that have logged nothing since they started').toEqual([])
  expect(plain, 'services with lines that are no JSON').toEqual([])
})

check(
  'POST-70',
  'No service has logged ten errors within one minute since it started.',
  serviceLogs,
  (logs, { expect, atMost, measure }) => {
    const most = atMost('log.errorsPerMinute', 9, 'lines')
    const bursts: string[] = []
    for (const { service, lines } of logs) {
      const value = errorBurst(lines)
      measure({
        name: `log.${service}.errorsPerMinute`,
        unit: 'lines',
        value,
        limit: most,
        sampleCount: lines.length,
        series: [],
      })
      if (value > most) bursts.push(`${service}: ${value} errors within a minute`)
    }
    const silent = logs.filter(({ lines }) => lines.length === 0).map(({ service }) => service)
    expect(silent, 'services that have logged nothing since they started').toEqual([])
    expect(bursts, 'bursts of errors').toEqual([])
  },
)
