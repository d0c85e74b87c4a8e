import { z } from 'zod'
import { attestationsSchema } from '../attestations.ts'
import { falsificationSchema } from '../report/falsification.ts'
import { matrixSchema } from '../report/matrix.ts'
import { reportSchema } from '../report/model.ts'
import { groupSchema } from '../targets/group.ts'
import { targetSchema } from '../targets/schema.ts'
import { waiversSchema } from '../waivers.ts'

/** As far as this module looks into a JSON Schema. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly required?: readonly string[]
}

/** The JSON Schemas for editors and for readers of reports, by file. `defaults` is what every target file is merged over. */
export function schemaFiles(defaults: unknown): Record<string, string> {
  const target = z.toJSONSchema(targetSchema, { io: 'input' }) as Schema
  return {
    'schemas/report.schema.json': toText(z.toJSONSchema(reportSchema)),
    'schemas/falsification.schema.json': toText(z.toJSONSchema(falsificationSchema)),
    'schemas/target.schema.json': toText(withoutDefaulted(target, [defaults])),
    'schemas/target-group.schema.json': toText(z.toJSONSchema(groupSchema, { io: 'input' })),
    'schemas/matrix.schema.json': toText(z.toJSONSchema(matrixSchema)),
    'schemas/attestations.schema.json': toText(z.toJSONSchema(attestationsSchema, { io: 'input' })),
    'schemas/waivers.schema.json': toText(z.toJSONSchema(waiversSchema, { io: 'input' })),
  }
}

/** A target file need not repeat what the product's defaults say already: those keys are not required of it. */
function withoutDefaulted(schema: Schema, defaults: readonly unknown[]): Schema {
  const records = defaults.filter(isRecord)
  const given = (key: string): unknown[] => records.flatMap((record) => (key in record ? [record[key]] : []))
  const { properties, additionalProperties, required } = schema
  const rest = required?.filter((key) => given(key).length === 0) ?? []
  const { required: _, ...kept } = schema
  return {
    ...kept,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, one]) => [key, withoutDefaulted(one, given(key))]),
          ),
        }),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: withoutDefaulted(additionalProperties, records.flatMap(Object.values)) }
      : {}),
    ...(rest.length === 0 ? {} : { required: rest }),
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toText(schema: unknown): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}
