import { check } from '../../src/check.ts'
import { type Cause, NotApplicable } from '../../src/outcome.ts'
import { promised } from '../../src/probe.ts'
import { attempt } from '../../src/probes/attempt.ts'
import { http } from '../../src/probes/http.ts'
import { watched } from '../../src/probes/observer-delay.ts'
import { repeated } from '../../src/probes/repeated.ts'
import { endpointRequest } from '../support/endpoint.ts'
import { healthOf, healthProblems, publicHealth, unhealthyDependencies } from '../support/health.ts'
import { objective } from '../support/objective.ts'
import { plainHttpProblem, plainHttpRequest } from '../support/plain-http.ts'
import { publicEndpoint, publicEndpoints } from '../support/public-endpoint.ts'
import { judgeResponse } from '../support/response-time.ts'
import { securityHeaderProblems } from '../support/security-headers.ts'

check(
  'POST-01',
  'hook-receiver answers its public health endpoint over TLS with status 200 and says that it is healthy.',
  (target) => promised(publicHealth(target, publicEndpoint(target, 'hook-receiver'))),
  (answer, { expect }) => expect(healthProblems(answer), 'what keeps hook-receiver from being healthy').toEqual([]),
)

check(
  'POST-02',
  'model-metrics answers its public health endpoint over TLS, asked with the API key, with status 200 and says that it is healthy.',
  (target) => promised(publicHealth(target, publicEndpoint(target, 'model-metrics'))),
  (answer, { expect }) => expect(healthProblems(answer), 'what keeps model-metrics from being healthy').toEqual([]),
)

check(
  'POST-03',
  'workflow-coordinator answers its public health endpoint over TLS with status 200 and says that it is healthy.',
  (target) => promised(publicHealth(target, publicEndpoint(target, 'workflow-coordinator'))),
  (answer, { expect }) => expect(healthProblems(answer), 'what keeps workflow-coordinator from being healthy').toEqual([]),
)

check(
  'POST-04',
  'hook-receiver names PostgreSQL and Kafka as its dependencies, and each dependency that it names is healthy.',
  (target) => publicHealth(target, publicEndpoint(target, 'hook-receiver')),
  (answer, { expect }) => {
    const health = healthOf(answer)
    const named = Object.keys(health?.dependencies ?? {})
    const missing = ['postgres', 'kafka'].filter((name) => !named.includes(name)).map((name) => `${name} is not named`)
    const problems = [...missing, ...(health === undefined ? [] : unhealthyDependencies(health))]
    expect(problems, 'dependencies that are missing or not healthy').toEqual([])
  },
)

check(
  'POST-05',
  'Every gateway name leads to a healthy service, the one that it is meant to lead to.',
  (target) => {
    const gateways = publicEndpoints(target).filter(({ name }) => name in target.spec.gateways)
    if (gateways.length === 0) throw new NotApplicable(`target ${target.name} declares no gateways`)
    return Object.fromEntries(gateways.map((gateway) => [gateway.name, promised(publicHealth(target, gateway))]))
  },
  (answers, { target, expect }) => {
    const problems = Object.entries(answers).flatMap(([name, answer]) => {
      const wanted = target.spec.gateways[name]?.routesTo
      const service = healthOf(answer)?.service
      const elsewhere = service === undefined || service === wanted ? [] : [`leads to ${service} and not to ${wanted}`]
      return [...healthProblems(answer), ...elsewhere].map((problem) => `${name}: ${problem}`)
    })
    expect(Object.keys(answers), 'gateway names that were asked').not.toEqual([])
    expect(problems, 'what is wrong behind the gateway names').toEqual([])
  },
)

check(
  'POST-12',
  'Plain HTTP to every public name is redirected to HTTPS on the same name, or refused.',
  (target) =>
    Object.fromEntries(
      publicEndpoints(target).map((endpoint) => [endpoint.url.hostname, attempt(http(plainHttpRequest(target, endpoint)))]),
    ),
  (attempts, { expect }) => {
    const problems = Object.entries(attempts).flatMap(([name, found]) => plainHttpProblem(name, found) ?? [])
    expect(Object.keys(attempts), 'public names that were asked').not.toEqual([])
    expect(problems, 'public names that answer in plain HTTP').toEqual([])
  },
)

/** An odd number, so that the median is one of them. */
const SAMPLES = 7

check(
  'POST-13',
  'The median of seven answers of each public health endpoint, one after the other, is within the objective of its service.',
  (target) =>
    Object.fromEntries(
      publicEndpoints(target)
        .filter(({ name, service }) => name === service)
        .map((endpoint) => [endpoint.service, repeated(watched(publicHealth(target, endpoint)), SAMPLES)]),
    ),
  (answers, judging) => {
    const { target, expect, atMost } = judging
    const tooSlow: string[] = []
    const unclear: Cause[] = []
    for (const [service, samples] of Object.entries(answers)) {
      const name = `response.${service}.median`
      const limit = atMost(name, objective(target, service).p95, 'ms')
      const judged = judgeResponse(name, samples, limit, judging)
      if (typeof judged === 'object') unclear.push(judged)
      else if (judged > limit) tooSlow.push(`${service}: ${judged.toFixed(1)} ms, more than ${limit} ms`)
    }
    expect(Object.keys(answers), 'services that were asked').not.toEqual([])
    expect(tooSlow, 'services slower than their objective').toEqual([])
    for (const cause of unclear) judging.unobserved(cause)
  },
)

check(
  'POST-14',
  'Every public answer demands HTTPS for at least 180 days, forbids guessing of content types, and does not tell software versions.',
  (target) =>
    Object.fromEntries(
      publicEndpoints(target).map((endpoint) => [
        endpoint.name,
        http({ ...endpointRequest(target, endpoint), path: target.service(endpoint.service).health }),
      ]),
    ),
  (answers, { expect, atLeast }) => {
    const days = atLeast('hsts.days', 180, 'days')
    const problems = Object.entries(answers).flatMap(([name, { headers }]) =>
      securityHeaderProblems(headers, days).map((problem) => `${name}: ${problem}`),
    )
    expect(Object.keys(answers), 'public names that were asked').not.toEqual([])
    expect(problems, 'security headers that are missing or tell too much').toEqual([])
  },
)
