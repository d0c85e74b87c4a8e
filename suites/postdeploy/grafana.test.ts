import { z } from 'zod'
import { chain, check } from '../../src/check.ts'
import { promised } from '../../src/probe.ts'
import { datasourceQuery, datasources, grafanaHealth, knownLogin } from '../../src/probes/grafana.ts'
import type { HttpAnswer } from '../../src/probes/http.ts'
import { templated } from '../../src/probes/templated.ts'
import { promisedValue } from '../support/answers.ts'

check(
  'POST-66',
  'Grafana is healthy, its own database included.',
  (target) => promised(grafanaHealth(target.part('grafana'))),
  (answer, { expect }) => expect(promisedValue(answer, "Grafana's health", expect).database, "Grafana's database").toBe('ok'),
)

const seriesSchema = z.object({ status: z.literal('success'), data: z.object({ result: z.array(z.unknown()).min(1) }) })

/** A query that any Prometheus which scrapes anything answers with at least one series. */
const ANY_SERIES = 'up'

chain(
  'POST-67',
  'Every Prometheus datasource of Grafana, and there is one, answers a query with data.',
  (target) => {
    const grafana = target.part('grafana')
    return {
      list: datasources(grafana),
      query: templated<string, HttpAnswer>((uid) => datasourceQuery(grafana, uid, ANY_SERIES), ''),
    }
  },
  async ({ list, query }, { observe, expect }) => {
    const all = promisedValue(await observe(list), "Grafana's datasources", expect)
    const sources = all.filter(({ type }) => type === 'prometheus')
    expect(sources, 'Prometheus datasources').not.toEqual([])
    const problems: string[] = []
    for (const { uid, name } of sources) {
      const { status, json, body } = await observe(query.with(uid))
      if (status !== 200 || !hasSeries(json)) problems.push(`${name} answers ${status}: ${body.slice(0, 200)}`)
    }
    expect(problems, 'datasources that do not answer').toEqual([])
  },
)

check(
  'POST-68',
  'Grafana refuses the administrator password that it is delivered with.',
  (target) => knownLogin(target.part('grafana'), 'admin', 'admin'),
  ({ status }, { expect }) => expect(status, 'status of a login as admin with the default password').toBe(401),
)

function hasSeries(json: unknown): boolean {
  return seriesSchema.safeParse(json).success
}
