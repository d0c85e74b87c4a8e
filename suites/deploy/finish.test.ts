import { check } from '../../src/check.ts'
import { NotApplicable } from '../../src/outcome.ts'
import { promised } from '../../src/probe.ts'
import { containerExec } from '../../src/probes/docker-exec.ts'
import { projectContainers, runningProblems } from '../support/containers.ts'
import { healthProblems, publicHealth } from '../support/health.ts'
import { deployLogEnd, loggedDeploy } from '../support/last-deploy.ts'
import { publicEndpoint, publicEndpoints } from '../support/public-endpoint.ts'

/** The compose services of monitoring, by the parts of a target that they are. */
const MONITORING = { prometheus: 'prometheus', alertmanager: 'alertmanager', grafana: 'grafana' } as const
const EXPORTERS = ['postgres-exporter', 'redis-exporter', 'kafka-exporter', 'node-exporter', 'cadvisor']
/** What the runbook's procedure has where a log does not say how many steps there are. */
const STEPS = 8

check(
  'DEP-75',
  'Prometheus, Alertmanager and Grafana run and are healthy.',
  (target) => {
    const parts = Object.keys(MONITORING).filter((part) => target.spec.parts[part] !== 'none')
    if (parts.length === 0) throw new NotApplicable(`target ${target.name} declares no monitoring`)
    return projectContainers(target)
  },
  (containers, { target, expect }) => {
    const wanted = Object.entries(MONITORING).filter(([part]) => target.spec.parts[part] !== 'none')
    expect(
      runningProblems(
        wanted.map(([, service]) => service),
        containers,
      ),
      'monitoring that does not run as it should',
    ).toEqual([])
  },
)

check(
  'DEP-76',
  'Every exporter that Prometheus scrapes was started with the monitoring: of PostgreSQL, Redis, Kafka, the host and the containers.',
  (target) => {
    target.requirePart('prometheus')
    // One that should have been started and could not be is what nobody can look at.
    for (const service of EXPORTERS) if (target.spec.parts[service] !== 'none') target.requirePart(service)
    return projectContainers(target)
  },
  (containers, { target, expect }) => {
    const wanted = EXPORTERS.filter((service) => target.spec.parts[service] !== 'none')
    expect(runningProblems(wanted, containers), 'exporters that do not run as they should').toEqual([])
  },
)

check(
  'DEP-77',
  'The gateway’s container runs and is healthy.',
  (target) => {
    target.requirePart('nginx')
    return projectContainers(target)
  },
  (containers, { expect }) => expect(runningProblems(['nginx'], containers), 'what is wrong with the gateway').toEqual([]),
)

check(
  'DEP-78',
  'nginx finds no mistake in its own configuration.',
  (target) => {
    target.requirePart('nginx')
    return containerExec(target.part('docker'), {
      project: target.part('compose').project,
      service: 'nginx',
      command: 'nginx -t',
    })
  },
  ({ exitCode, output }, { expect }) => {
    const complaints = output.split('\n').filter((line) => /\[(warn|error|crit|alert|emerg)\]/.test(line))
    expect(complaints, 'what nginx says about its configuration').toEqual([])
    expect(exitCode, 'exit code of nginx -t').toBe(0)
  },
)

check(
  'DEP-80',
  'The deployment log tells of the last deploy from its start through every step, in order, to its completion.',
  (target) => promised(deployLogEnd(target)),
  (log, judging) => {
    const { expect } = judging
    const { steps, stepCount = STEPS, isCompleted } = loggedDeploy(log, judging)
    const distinct = steps.filter((step, index) => steps.indexOf(step) === index)
    expect(distinct, 'steps that the last deploy began').toEqual(Array.from({ length: stepCount }, (_, index) => index + 1))
    expect(isCompleted, 'the last deploy says that it was completed').toBe(true)
  },
)

check('DEP-81', 'The deployment log holds no error since the last deploy was started.', deployLogEnd, (log, judging) => {
  const { lines, errors } = loggedDeploy(log, judging)
  judging.expect(lines.length, 'lines of the last deploy').toBeGreaterThan(0)
  judging.expect(errors, 'errors since the last deploy was started').toEqual([])
})

check(
  'DEP-82',
  'hook-receiver is healthy as seen through the gateway, by its public name.',
  (target) => promised(publicHealth(target, publicEndpoint(target, 'hook-receiver'))),
  (answer, { expect }) => expect(healthProblems(answer), 'what keeps hook-receiver from being healthy').toEqual([]),
)

check(
  'DEP-83',
  'Every public name leads through the gateway to a healthy service, the API’s own name included.',
  (target) =>
    Object.fromEntries(publicEndpoints(target).map((endpoint) => [endpoint.name, promised(publicHealth(target, endpoint))])),
  (answers, { expect }) => {
    const problems = Object.entries(answers).flatMap(([name, answer]) =>
      healthProblems(answer).map((problem) => `${name}: ${problem}`),
    )
    expect(Object.keys(answers), 'public names that were asked').not.toEqual([])
    expect(problems, 'public names behind which something is wrong').toEqual([])
  },
)
