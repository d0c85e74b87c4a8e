import { check } from '../../src/check.ts'
import { promised } from '../../src/probe.ts'
import { alertmanagerReady, alertmanagerStatus, receivers, silences } from '../../src/probes/alertmanager.ts'
import { alertmanagersOfPrometheus } from '../../src/probes/prometheus.ts'
import { promisedValue } from '../support/answers.ts'
import { parseRouting } from '../support/routing.ts'
import { silenceProblems } from '../support/silences.ts'

check(
  'POST-61',
  'Alertmanager is ready: it takes alerts.',
  (target) => promised(alertmanagerReady(target.part('alertmanager').url)),
  ({ status, body }, { expect }) => expect(status, `status of /-/ready, which says ${body.trim()}`).toBe(200),
)

check(
  'POST-62',
  'Prometheus sends its alerts to an Alertmanager, and has dropped none that it was given.',
  (target) => {
    target.requirePart('alertmanager')
    return alertmanagersOfPrometheus(target.part('prometheus').url)
  },
  (answer, { expect }) => {
    const { activeAlertmanagers, droppedAlertmanagers } = promisedValue(answer, "Prometheus's Alertmanagers", expect)
    expect(activeAlertmanagers, 'Alertmanagers that Prometheus sends to').not.toEqual([])
    expect(droppedAlertmanagers, 'Alertmanagers that Prometheus was given and does not use').toEqual([])
  },
)

check(
  'POST-63',
  'Every alert of the runbook, by its severity and team, is routed to a receiver that exists and that tells somebody.',
  (target) => {
    const { url } = target.part('alertmanager')
    return { status: alertmanagerStatus(url), known: receivers(url) }
  },
  ({ status, known }, { target, expect }) => {
    const routing = parseRouting(promisedValue(status, "Alertmanager's status", expect).config.original)
    const names = promisedValue(known, 'receivers', expect)
    if (typeof routing === 'string') return expect(routing, "what is wrong with Alertmanager's configuration").toBe('')
    const problems = Object.entries(target.spec.monitoring.alerts).flatMap(([alertname, { severity, team }]) =>
      routing.routesOf({ alertname, severity, team }).flatMap((receiver) => {
        if (!names.includes(receiver)) return [`${alertname} goes to ${receiver || 'nobody'}, which is no receiver`]
        return routing.receivers.get(receiver) ? [] : [`${alertname} goes to ${receiver}, which tells nobody`]
      }),
    )
    expect(Object.keys(target.spec.monitoring.alerts), 'alerts that the target expects').not.toEqual([])
    expect(problems, 'alerts that reach nobody').toEqual([])
  },
)

check(
  'POST-64',
  'Every silence has an owner and a reason, and none lasts longer than 30 days.',
  (target) => silences(target.part('alertmanager').url),
  (answer, { expect, atMost }) => {
    const most = atMost('silence.days', 30, 'days')
    const open = promisedValue(answer, 'silences', expect).filter(({ status }) => status.state !== 'expired')
    expect(
      open.flatMap((silence) => silenceProblems(silence, most)),
      'silences that nobody answers for',
    ).toEqual([])
  },
)
