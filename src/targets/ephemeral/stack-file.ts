import { z } from 'zod'
import { parseYamlFile } from '../../yaml-file.ts'

const composeKeys = z.record(z.string(), z.unknown())

const partSchema = z.strictObject({
  image: z.string().optional().describe('Name of its image in the catalogue; the part’s own name where absent.'),
  module: z
    .enum(['postgresql', 'kafka', 'redis'])
    .optional()
    .describe('The testcontainers module that knows how this image wants to be started; any other image needs none.'),
  compose: composeKeys.default({}).describe('Keys of the compose service that are replaced here; null removes one.'),
  environment: z.record(z.string(), z.string()).default({}).describe('Variables that only this target gives the container.'),
  binds: z.array(z.string()).default([]).describe('What is mounted from the engine’s machine all the same, source:target:mode.'),
  after: z.array(z.string()).default([]).describe('Steps that must be done before it starts: database, topics.'),
  referenceOnly: z
    .boolean()
    .default(false)
    .describe('compose and environment are for the reference image; a company’s own goes without.'),
  readyWithinSeconds: z.number().positive().default(60),
})

/** How a stack's compose file is run for one run: what is kept, and what is done otherwise than in production. */
const stackSchema = z.strictObject({
  $schema: z.string().optional(),
  compose: z.string().describe('The product’s compose file, from the project’s directory.'),
  extends: z
    .string()
    .optional()
    .describe('Another stack file, whose parts and helpers hold where none of that name stands here.'),
  users: z.record(z.string(), z.string()).default({}).describe('Part → whom it runs as, `user:group`.'),
  secrets: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Secrets at the top level of the compose file, beside its own.'),
  names: z
    .record(z.string(), z.string())
    .default({})
    .describe('Part → its name in the compose file, where that is another one; the others reach it under both.'),
  gateway: z.strictObject({ part: z.string(), tls: z.int(), plain: z.int() }).describe('The part that ends TLS, and its ports.'),
  parts: z.record(z.string(), partSchema.prefault({})).default({}),
  /** Containers beside the stack that production has elsewhere, such as who takes notifications. */
  helpers: z
    .record(
      z.string(),
      z.strictObject({
        imageOf: z.string().describe('The part whose image it runs.'),
        command: z.array(z.string()).optional(),
        files: z
          .record(z.string(), z.string())
          .default({})
          .describe('Path in the container → file, from the project’s directory.'),
      }),
    )
    .default({}),
})
export type StackFile = z.infer<typeof stackSchema>
export type PartFile = z.infer<typeof partSchema>

/** What a part is where the file says nothing of it. */
export const PLAIN_PART: PartFile = partSchema.parse({})

/** Reads how the stack is run. @throws UsageError naming file, key and line of every mistake. */
export function loadStackFile(file: string): StackFile {
  const stack = parseYamlFile(file, stackSchema, { what: 'stack file' })
  if (stack.extends === undefined) return stack
  const base = loadStackFile(stack.extends)
  return { ...stack, parts: { ...base.parts, ...stack.parts }, helpers: { ...base.helpers, ...stack.helpers } }
}
