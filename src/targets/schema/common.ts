import { z } from 'zod'

/** Where a secret is found on the operator's side. A target file never holds the secret itself. */
export const secretReference = z
  .union([
    z.strictObject({ env: z.string().min(1).describe('Name of an environment variable of the operator.') }),
    z.strictObject({ file: z.string().min(1).describe('Path of a file of the operator; a trailing newline is dropped.') }),
    z.strictObject({
      command: z.array(z.string()).min(1).describe('Command (argv, no shell) whose first line of output it is.'),
    }),
  ])
  .describe('A reference to a secret: exactly one of env, file or command.')
export type SecretReference = z.infer<typeof secretReference>

export const port = z.int().min(0).max(65_535)

export const ip = z.union([z.ipv4(), z.ipv6()])

export const hostAndPort = z.string().regex(/^(\[[0-9a-f:]+\]|[^\s:/]+):\d{1,5}$/i, 'expected host:port')

export const days = z.number().positive()

export const seconds = z.number().positive()
