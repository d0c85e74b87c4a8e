import { expect, it } from 'vitest'
import { objections, recordsText } from '../../../src/prove/read-only/verdict.ts'

const reads = { what: 'GET /health', isReading: true }

it('objects to every change, each once, and to a system that was asked nothing', () => {
  const writes = { what: 'POST /hooks', isReading: false }
  expect(objections([{ system: 'a', asked: [reads] }])).toEqual([])
  expect(
    objections([
      { system: 'a', asked: [reads, writes, writes] },
      { system: 'b', asked: [] },
    ]),
  ).toEqual(['a: POST /hooks', 'b: nothing was asked, so nothing is proven'])
})

it('counts the kinds of what each system was asked', () => {
  expect(recordsText([{ system: 'a', connections: () => 2, asked: [reads, reads, { what: 'HEAD /', isReading: true }] }])).toBe(
    '  a: 3 requests, 2 connections, 0 that change something\n    GET /health ×2, HEAD /',
  )
})
