import { check } from '../../src/check.ts'
import { innerAddress } from '../../src/forwarded.ts'
import { Unobserved } from '../../src/outcome.ts'
import { hostFact } from '../../src/probes/host.ts'
import { http } from '../../src/probes/http.ts'
import { connectsFrom } from '../../src/probes/reachability.ts'
import { joinHostPort } from '../../src/probes/reproduce.ts'
import { reached } from '../support/connectivity.ts'
import { endpointRequest, healthRequest } from '../support/endpoint.ts'
import { assigned } from '../support/environment-file.ts'
import { PUBLISHED_PORTS } from '../support/environment-variables.ts'
import { innerPorts } from '../support/inner-ports.ts'
import { outsideAddresses } from '../support/outside.ts'
import { requireSome } from '../support/require-some.ts'

check(
  'PRE-90',
  'Each public name that has no service of its own, such as the API’s, routes to a healthy service.',
  (target) => {
    const names = Object.keys(target.spec.gateways)
    const gateways = target.endpoints.filter(({ name }) => names.includes(name))
    requireSome(gateways, `target ${target.name} has no gateways`)
    return gateways.map((endpoint) =>
      http({ ...endpointRequest(target, endpoint), ...healthRequest(target.service(endpoint.service)) }),
    )
  },
  (answers, { expect }) => {
    const problems = answers.flatMap(({ status, json, remoteAddress }) => {
      const said = typeof json === 'object' && json !== null && 'status' in json ? json.status : undefined
      return status === 200 && said === 'healthy'
        ? []
        : [`${remoteAddress} answered ${status} with status ${JSON.stringify(said)}`]
    })
    expect(answers.length, 'names asked').toBeGreaterThan(0)
    expect(problems, 'names that lead to no healthy service').toEqual([])
  },
)

check(
  'PRE-91',
  'The path by which the load balancer judges a service answers 200 without a key, at every public name of a service.',
  (target) => {
    const balanced = target.endpoints.filter(({ name, service }) => name === service)
    requireSome(balanced, `target ${target.name} has no public names of services`)
    return balanced.map((endpoint) => {
      const { balancerPath, health } = target.service(endpoint.service)
      return http({ ...endpointRequest(target, endpoint), path: balancerPath ?? health })
    })
  },
  (answers, { target, expect }) => {
    const names = target.endpoints.filter(({ name, service }) => name === service).map(({ url }) => url.hostname)
    const others = answers.flatMap(({ status }, index) => (status === 200 ? [] : [`${names[index]} answered ${status}`]))
    expect(answers.length, 'names asked').toBeGreaterThan(0)
    expect(others, 'names that a load balancer would take out').toEqual([])
  },
)

check(
  'PRE-92',
  'The services host reaches every address outside that the product needs.',
  (target) => {
    target.requirePart('outbound')
    return hostFact(target, 'services', 'connectivity')
  },
  ({ targets }, { target, expect, unobserved }) => {
    const { outbound } = target.spec.expect
    if (outbound.length === 0) unobserved(NO_OUTBOUND)
    expect(
      outbound.flatMap((address) => reached(targets, address)),
      'addresses that cannot be reached',
    ).toEqual([])
  },
)

const NO_OUTBOUND = {
  id: 'undescribed:expect.outbound',
  text: 'the target file does not say what the services host must reach outside (image registry, model endpoints, alert channels); list it as `expect.outbound`, or declare `parts: { outbound: none }`',
}

check(
  'PRE-93',
  'The services host gets connections to the database.',
  (target) => {
    target.part('postgres')
    return hostFact(target, 'services', 'connectivity')
  },
  ({ targets }, { target, expect }) => {
    const { host, port } = target.part('postgres')
    const address = innerAddress(target.spec.forwarded, joinHostPort(host, port))
    expect(reached(targets, address), 'the database as the services host sees it').toEqual([])
  },
)

check(
  'PRE-94',
  'The services host gets connections to every broker and to Redis.',
  (target) => {
    target.part('kafka')
    target.part('redis')
    return hostFact(target, 'services', 'connectivity')
  },
  ({ targets }, { target, expect }) => {
    const { host, port } = target.part('redis')
    const wanted = [...target.part('kafka').brokers, joinHostPort(host, port)]
    expect(
      wanted.flatMap((address) => reached(targets, innerAddress(target.spec.forwarded, address))),
      'brokers and Redis as the services host sees them',
    ).toEqual([])
  },
)

check(
  'PRE-95',
  'What must stay inside is bound to the allowed addresses only: services, database, broker, Redis, monitoring, exporters.',
  (target) => {
    requireSome(target.hosts, `target ${target.name} has no hosts`)
    return target.hosts.map(({ role }) => hostFact(target, role, 'listeners'))
  },
  (hosts, { target, expect, unobserved }) => {
    const inner = innerPorts(target)
    const { bindings } = target.spec.expect
    const listening = hosts.flatMap(({ listeners }) => listeners).filter(({ port }) => inner.has(port))
    const open = listening.filter(({ address }) => !bindings.includes(address))
    expect(
      [...new Set(open.map(({ address, port }) => `${inner.get(port)} on ${joinHostPort(address, port)}`))],
      `bindings other than ${bindings.join(', ')}`,
    ).toEqual([])
    if (listening.length === 0) unobserved(NO_LISTENER)
  },
)

const NO_LISTENER = {
  id: 'untold:no-listener',
  text: 'nothing listens on any of the inner ports yet; the line can be looked at after the first deploy',
}

check(
  'PRE-96',
  'From outside the zone none of the inner ports can be reached, whatever the firewall of the host says of itself.',
  (target) => {
    target.requirePart('vantage')
    const { vantage } = target.spec.expect
    if (vantage === undefined) throw new Unobserved(NO_VANTAGE)
    return connectsFrom(vantage, outsideAddresses(target))
  },
  (attempts, { expect, unobserved }) => {
    expect(attempts.length, 'ports tried from outside').toBeGreaterThan(0)
    const open = attempts.filter(({ result }) => result === 'open')
    expect(
      open.map(({ address }) => address),
      'inner ports that are open to the outside',
    ).toEqual([])
    if (!attempts.some(({ result }) => result === 'refused' || result === 'timeout')) unobserved(BLIND_VANTAGE)
  },
)

const BLIND_VANTAGE = {
  id: 'vantage:blind',
  text: 'from the vantage no address could even be tried (no route, or names that it cannot resolve), so it proves nothing; check expect.vantage',
}

const NO_VANTAGE = {
  id: 'undescribed:expect.vantage',
  text: 'Docker publishes ports past the firewall of the host, so only a look from outside can tell; give an ssh destination outside the zone as `expect.vantage`, or waive this line',
}

check(
  'PRE-97',
  'The metrics of the services are not public.',
  (target) => {
    requireSome(target.endpoints, `target ${target.name} has no public names`)
    return target.endpoints.map((endpoint) => http({ ...endpointRequest(target, endpoint), path: '/metrics' }))
  },
  (answers, { target, expect }) => {
    expect(answers.length, 'names asked').toBeGreaterThan(0)
    const open = answers.flatMap(({ status, body }, index) =>
      status < 300 || /^# (HELP|TYPE) /m.test(body) ? [`${target.endpoints[index]?.url.hostname} answered ${status}`] : [],
    )
    expect(open, 'public names that give metrics away').toEqual([])
  },
)

check(
  'PRE-98',
  'Every port that is to be published is free, or held by a container of ours.',
  (target) => ({ file: hostFact(target, 'services', 'envFile'), sockets: hostFact(target, 'services', 'listeners') }),
  ({ file, sockets }, { target, expect, unobserved }) => {
    const { values } = assigned(file, expect)
    const ports = PUBLISHED_PORTS.map((key) => Number(values.get(key))).filter((port) => port > 0)
    expect(ports.length, 'ports to be published').toBeGreaterThan(0)
    const { portHolders } = target.spec.expect
    const taken = sockets.listeners.filter(({ port }) => ports.includes(port))
    const strangers = taken.filter(({ process }) => process !== '' && !portHolders.includes(process))
    expect(
      strangers.map(({ port, process }) => `${port} by ${process}`),
      `ports held by others than ${portHolders.join(', ')}`,
    ).toEqual([])
    if (taken.some(({ process }) => process === '')) unobserved(HIDDEN_HOLDERS)
  },
)

const HIDDEN_HOLDERS = {
  id: 'host:holders-of-ports',
  text: 'the account of this run may not see which process holds a port; run it as root, or set `sudo: true` at the services host in the target file',
}

check(
  'PRE-99',
  'A packet filter is active on every host: it has rules, and some of them turn packets away.',
  (target) => {
    requireSome(target.hosts, `target ${target.name} has no hosts`)
    return target.hosts.map(({ role }) => hostFact(target, role, 'firewall'))
  },
  (hosts, { target, expect }) => {
    const idle = hosts.flatMap(({ rules, tool }, index) =>
      rules.some((rule) => /\b(drop|reject)\b/i.test(rule))
        ? []
        : [`${target.hosts[index]?.role} (${tool}, ${rules.length} rules)`],
    )
    expect(hosts.length, 'hosts asked').toBeGreaterThan(0)
    expect(idle, 'hosts whose packet filter lets everything through').toEqual([])
  },
)

check(
  'PRE-100',
  'The packet filter of the services host has exactly the rules that the target file lists.',
  (target) => {
    if (target.spec.expect.firewall.length === 0) throw new Unobserved(NO_RULES)
    return hostFact(target, 'services', 'firewall')
  },
  ({ rules }, { target, expect }) => {
    const plain = (rule: string): string => rule.replaceAll(/\s+/g, ' ').trim()
    const found = new Set(rules.map(plain))
    const wanted = new Set(target.spec.expect.firewall.map(plain))
    expect(
      [...wanted].filter((rule) => !found.has(rule)),
      'rules that are missing',
    ).toEqual([])
    expect(
      [...found].filter((rule) => !wanted.has(rule)),
      'rules that nobody listed',
    ).toEqual([])
  },
)

const NO_RULES = {
  id: 'undescribed:expect.firewall',
  text: 'the target file does not list the expected rules of the packet filter; put the output of `nft -s list ruleset` (or `iptables -S`) there as `expect.firewall` once it was reviewed',
}
