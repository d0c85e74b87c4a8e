import { z } from 'zod'

export const serviceSchema = z.strictObject({
  url: z.url().describe('Inner address, such as http://127.0.0.1:8001.'),
  public: z.url().optional().describe('Public address, such as https://hooks.example.test.'),
  health: z.string().startsWith('/').describe('Path of the health endpoint.'),
  healthNeedsKey: z.boolean().default(false).describe('The health endpoint answers 401 without the API key.'),
  balancerPath: z
    .string()
    .startsWith('/')
    .optional()
    .describe('Path that the load balancer asks for, without a key; the health path where absent.'),
  container: z.string().optional().describe('Compose service name; the service’s own name where absent.'),
  certificate: z.string().optional().describe('Certificate file, relative to paths.certificates.'),
  key: z.string().optional().describe('Private key file, relative to paths.keys.'),
})
export type ServiceSpec = z.infer<typeof serviceSchema>

/** A limit that a site sets differently. One that is looser than the runbook’s needs owner, reason and expiry. */
export const limitSchema = z.union([
  z.number(),
  z.strictObject({
    value: z.number(),
    owner: z.string().trim().min(1, 'expected who answers for it'),
    reason: z.string().trim().min(1, 'expected why it is looser'),
    expires: z.iso.date().describe('UTC date, exclusive.'),
  }),
])
export type LimitSpec = z.infer<typeof limitSchema>

export const objectiveSchema = z.strictObject({
  p95: z.number().positive().describe('Milliseconds.'),
  p99: z.number().positive().describe('Milliseconds.'),
})
