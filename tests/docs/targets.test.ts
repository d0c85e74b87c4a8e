import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { groupSchema } from '../../src/targets/group.ts'
import { targetOf } from '../../src/targets/load.ts'
import { targetSchema } from '../../src/targets/schema.ts'
import { readYaml, yamlSource } from '../../src/yaml-file.ts'

const text = readFileSync('docs/targets.md', 'utf8')
const examples = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, example = '']) => example)
const HEAD = 'name: example\nenvironment: test\n'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
}

/** Below these the page tells the keys in words, once for all of them. */
const TOLD_ELSEWHERE = /^(?:.*\.)?(?:password|apiKey|connection|forwarded)\.|^(?:expect\.vantage|rehearsal\.host)\./

/** Every key of the schema, `*` for what a record is keyed by. */
function* keysOf(schema: Schema, above: readonly string[] = []): Generator<string> {
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    yield [...above, key].join('.')
    yield* keysOf(child, [...above, key])
  }
  if (typeof schema.additionalProperties === 'object') yield* keysOf(schema.additionalProperties, [...above, '*'])
  for (const form of schema.anyOf ?? []) yield* keysOf(form, above)
}

const keys = [...new Set(keysOf(z.toJSONSchema(targetSchema, { io: 'input' }) as Schema))].filter(
  (key) => !TOLD_ELSEWHERE.test(key),
)
/** Keys as the page writes them: a word in capitals for what a record is keyed by. */
const told = new Set([...text.matchAll(/`([$\w.-]+)`/g)].map(([, word = '']) => word.replace(/\.[A-Z]+(?=\.|$)/g, '.*')))

describe('docs/targets.md', () => {
  it.each(examples.map((example, index) => [index + 1, example]))('example %i is valid', (_, example) => {
    if (/^targets:/m.test(example)) readYaml(example, 'example.yaml', groupSchema)
    else targetOf(yamlSource(/^name:/m.test(example) ? example : `${HEAD}${example}`, 'example.yaml'))
  })

  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(10)
  })

  it('tells every key of the schema', () => {
    expect(keys.length).toBeGreaterThan(100)
    expect(keys.filter((key) => !told.has(key))).toEqual([])
  })

  it('tells no key that the schema does not have', () => {
    const known = new Set(keys)
    const tops = new Set(keys.map((key) => key.split('.')[0]))
    const dotted = [...told].filter((word) => word.includes('.') && tops.has(word.split('.')[0]))
    expect(dotted.filter((word) => !known.has(word) && !/^hosts\.broker$/.test(word))).toEqual([])
  })
})
