import { z } from 'zod'
import { port } from './common.ts'

export const dockerSchema = z.union([
  z.strictObject({ socket: z.string().startsWith('/') }),
  z.strictObject({ host: z.string(), port }),
])
export type DockerSpec = z.infer<typeof dockerSchema>

export const composeSchema = z.strictObject({
  file: z.string().min(1).describe('Path on the services host.'),
  envFile: z.string().min(1).describe('Path on the services host; what compose was really started with.'),
  project: z.string().min(1),
  services: z.array(z.string()).default([]).describe('Every service the project is expected to run.'),
  migrations: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Service of the project that is run once to migrate the schema; a printed deploy starts it. Absent: the services migrate by themselves.',
    ),
})
export type ComposeSpec = z.infer<typeof composeSchema>
