import { check } from '../../src/check.ts'
import { NotApplicable } from '../../src/outcome.ts'
import { http } from '../../src/probes/http.ts'
import { endpointRequest, healthRequest } from '../support/endpoint.ts'

check(
  'PRE-110',
  'Behind the content delivery network no public name answers out of a cache.',
  (target) => {
    if (target.spec.cdn === 'none') throw new NotApplicable(`target ${target.name} declares cdn: none`)
    return target.endpoints.map((endpoint) =>
      http({ ...endpointRequest(target, endpoint), ...healthRequest(target.service(endpoint.service)) }),
    )
  },
  (answers, { target, expect }) => {
    expect(answers.length, 'names asked').toBeGreaterThan(0)
    const cached = answers.flatMap(({ headers }, index) => {
      const signs = [headers.age === undefined || headers.age === '0' ? '' : `age ${headers.age}`, hit(headers)]
      const seen = signs.filter((sign) => sign !== '')
      return seen.length === 0 ? [] : [`${target.endpoints[index]?.url.hostname}: ${seen.join(', ')}`]
    })
    expect(cached, 'answers that came out of a cache').toEqual([])
  },
)

/** The header by which a network says that it answered from its cache: `x-cache: Hit from cloudfront`, `cf-cache-status: HIT`. */
function hit(headers: Readonly<Record<string, string>>): string {
  const found = ['x-cache', 'cf-cache-status', 'x-cache-status'].find((name) => /\bhit\b/i.test(headers[name] ?? ''))
  return found === undefined ? '' : `${found}: ${headers[found]}`
}
