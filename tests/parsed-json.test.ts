import { expect, it } from 'vitest'
import { parsedJson } from '../src/parsed-json.ts'

it('reads JSON, and nothing else', () => {
  expect(parsedJson('{"a":["]","\\"["]}')).toEqual({ a: [']', '"['] })
  expect(parsedJson('null')).toBe(null)
  expect(parsedJson('{"a":')).toBeUndefined()
  expect(parsedJson('')).toBeUndefined()
})

it('takes 200 levels and no more; brackets within strings are none', () => {
  expect(parsedJson('['.repeat(200) + ']'.repeat(200))).toBeDefined()
  expect(parsedJson('['.repeat(201) + ']'.repeat(201))).toBeUndefined()
  expect(parsedJson(JSON.stringify('['.repeat(500)))).toBe('['.repeat(500))
})
