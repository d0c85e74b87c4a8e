import { check } from '../../src/check.ts'
import { addressesOf, publicNames } from '../support/resolving.ts'

check(
  'PRE-86',
  'Every public name resolves to addresses of the load balancer (or of the declared CDN) and to nothing else, over IPv6 as well where it is set.',
  publicNames,
  (answers, { target, expect, unobserved }) => {
    const { expect: allowed } = target.spec.dns
    const unresolved = answers.filter(({ status }) => status !== 'found')
    expect(
      unresolved.map(({ name, server, status }) => `${name} at ${server}: ${status}`),
      'names that do not resolve',
    ).toEqual([])
    if (allowed.length === 0) unobserved(NO_ADDRESSES)
    const strays = answers.flatMap((answer) =>
      addressesOf(answer)
        .filter((address) => !allowed.includes(address))
        .map((address) => `${answer.name} at ${answer.server}: ${address}`),
    )
    expect(strays, `addresses other than ${allowed.join(', ')}`).toEqual([])
  },
)

const NO_ADDRESSES = {
  id: 'undescribed:dns.expect',
  text: 'the names resolve, but the target file does not say to which addresses they should; list those of the load balancer as `dns.expect`',
}

check(
  'PRE-87',
  'Every configured resolver gives the same addresses for a public name.',
  publicNames,
  (answers, { expect, unobserved }) => {
    const names = [...Map.groupBy(answers, ({ name }) => name)]
    const differing = names.flatMap(([name, all]) => {
      const said = new Set(all.map((answer) => addressesOf(answer).join(' ')))
      return said.size > 1
        ? [
            `${name}: ${all.map((answer) => `${answer.server} says ${addressesOf(answer).join(' ') || answer.status}`).join(', ')}`,
          ]
        : []
    })
    expect(names.length, 'names asked for').toBeGreaterThan(0)
    expect(differing, 'names on which the resolvers differ').toEqual([])
    if (names.every(([, all]) => all.length < 2)) unobserved(ONE_RESOLVER)
  },
)

const ONE_RESOLVER = {
  id: 'undescribed:dns.servers',
  text: 'only one resolver was asked, so nothing can be compared; list two or more as `dns.servers` in the target file, a public one among them',
}

check(
  'PRE-88',
  'The addresses of the public names may be cached for so short a time that a failover reaches everybody.',
  publicNames,
  (answers, { expect, atMost, unobserved }) => {
    const most = atMost('dns.ttlSeconds', 3_600, 's')
    const records = answers.flatMap(({ name, server, a, aaaa }) => [...a, ...aaaa].map((record) => ({ name, server, ...record })))
    const long = records.filter(({ ttl }) => ttl > most)
    expect(
      long.map(({ name, address, ttl }) => `${name} ${address} for ${ttl} s`),
      `records to be cached for more than ${most} s`,
    ).toEqual([])
    if (records.length === 0) unobserved(NO_RECORDS)
  },
)

const NO_RECORDS = {
  id: 'unresolved:public-names',
  text: 'none of the public names resolves, so there is no address whose time to live could be read; see PRE-86',
}

check('PRE-89', 'No public name is an alias of a name that does not exist.', publicNames, (answers, { expect }) => {
  const dangling = answers.filter(({ aliases, status }) => aliases.length > 0 && status !== 'found')
  expect(answers.length, 'answers').toBeGreaterThan(0)
  expect(
    dangling.map(({ name, aliases, status }) => `${name} → ${aliases.join(' → ')}: ${status}`),
    'aliases that lead nowhere, and that a stranger might claim',
  ).toEqual([])
})
