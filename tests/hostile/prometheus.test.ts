import { expect } from 'vitest'
import type { Answered } from '../../src/probes/answered.ts'
import { type Exposition, metrics, sumOf } from '../../src/probes/exposition.ts'
import { instantQuery, loadedRules, type QueryResult, scrapeTargets } from '../../src/probes/prometheus.ts'
import { answer } from '../support/hostile/arena.ts'
import { type HostileCase, hostile } from '../support/hostile/cases.ts'
import { POISON } from '../support/hostile/poison.ts'

function served(body: string | Buffer, type = 'application/json'): Buffer {
  const bytes = Buffer.from(body)
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${bytes.length}\r\n\r\n`),
    bytes,
  ])
}

function exporting(name: string, body: string | Buffer, outcome: HostileCase['outcome'], says = /./): HostileCase {
  return {
    name,
    outcome,
    says,
    async probe(arena) {
      const { address } = await arena.serve(answer(served(body, 'text/plain')))
      return metrics({ system: 'service', url: `http://${address}`, path: '/metrics' })
    },
  }
}

hostile<Answered<Exposition>>(
  'an exporter',
  {
    judge(exposition) {
      if (!exposition.ok) throw Object.assign(new Error(exposition.problem), { name: 'AssertionError' })
      expect(sumOf(exposition.value, 'up')).toBe(1)
    },
  },
  [
    exporting('a line that is blanks for a megabyte', `up${' '.repeat(1_000_000)}`, 'failed', /no metric/),
    exporting('a line that is blanks, a value and blanks', `up 1${' '.repeat(500_000)}x`, 'failed', /no metric/),
    exporting(
      'labels that are blanks for a megabyte',
      `up{a="b"${' '.repeat(500_000)},${' '.repeat(500_000)}x} 1`,
      'failed',
      /no metric/,
    ),
    exporting('a label of four megabytes', `up{a="${'x'.repeat(4_000_000)}"} 1\n`, 'failed'),
    exporting('a label that escapes for four megabytes', `up{a="${'\\\\'.repeat(2_000_000)}"} 1\n`, 'failed'),
    exporting('a label that never ends', `up{a="${'\\"'.repeat(500_000)}} 1\n`, 'failed', /no metric/),
    exporting('two hundred thousand series', 'other 1\n'.repeat(200_000), 'failed'),
    exporting('ten megabytes', `# HELP x y\n`.repeat(1_000_000), 'failed', /more metrics/),
    exporting('labels that would be a prototype', 'up{__proto__="x",constructor="y"} 1\n', 'passed'),
    exporting('a family that would be a prototype', '# TYPE __proto__ counter\n__proto__ 1\nup 1\n', 'passed'),
    exporting('a number that is none', 'up NaN\n', 'failed'),
    exporting('a number beyond all numbers', 'up 1e999\n', 'failed'),
    exporting('a hexadecimal number', 'up 0x1\n', 'failed'),
    exporting('a value that steers the terminal', `up ${POISON}`, 'failed', /no metric/),
    exporting('a page of markup', `<!doctype html>${POISON}`, 'failed', /no metric/),
    exporting('NUL bytes', 'up 1\0\n', 'failed'),
    exporting('bytes that are no UTF-8', Buffer.from([0x75, 0x70, 0x20, 0xff, 0xfe]), 'failed'),
    exporting('nothing at all', '', 'failed', /no metric at all/),
    exporting('type lines without end of blanks', `# TYPE up counter${' '.repeat(1_000_000)}x`, 'failed'),
  ],
)

function told(name: string, body: string, outcome: HostileCase['outcome'], says = /./): HostileCase {
  return {
    name,
    outcome,
    says,
    async probe(arena) {
      const { address } = await arena.serve(answer(served(body)))
      return instantQuery(`http://${address}`, 'up')
    },
  }
}

const result = (value: string): string =>
  `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":${value}}]}}`

hostile<Answered<QueryResult>>(
  'a Prometheus that is queried',
  {
    judge(queried) {
      if (!queried.ok) throw Object.assign(new Error(queried.problem), { name: 'AssertionError' })
      expect(queried.value.result).toHaveLength(1)
    },
  },
  [
    told('a value that is no text', result('[1,2]'), 'failed', /another shape/),
    told('a time beyond all numbers', result('[1e999,"1"]'), 'failed', /another shape/),
    told(
      'a result of another type',
      '{"status":"success","data":{"resultType":"matrix","result":[]}}',
      'failed',
      /another shape/,
    ),
    told('success without data', '{"status":"success"}', 'failed', /another shape/),
    told(
      'an error that steers the terminal',
      JSON.stringify({ status: 'error', errorType: POISON, error: POISON }),
      'failed',
      /owned/,
    ),
    told(
      'metrics that would be a prototype',
      '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__proto__":"x"},"value":[1,"1"]}]}}',
      'passed',
    ),
    told(
      'data by its prototype only',
      '{"__proto__":{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}}',
      'failed',
      /another shape/,
    ),
    told('lists a hundred thousand levels deep', '['.repeat(100_000) + ']'.repeat(100_000), 'failed', /no JSON/),
    told('text instead of JSON', POISON, 'failed', /no JSON/),
    {
      name: 'targets of which none has a job',
      outcome: 'failed',
      says: /another shape/,
      async probe(arena) {
        const { address } = await arena.serve(answer(served('{"status":"success","data":{"activeTargets":[{"labels":{}}]}}')))
        return scrapeTargets(`http://${address}`)
      },
    },
    {
      name: 'rules that are none',
      outcome: 'failed',
      says: /another shape/,
      async probe(arena) {
        const { address } = await arena.serve(answer(served('{"status":"success","data":{"groups":{"length":3}}}')))
        return loadedRules(`http://${address}`)
      },
    },
  ],
)
