import { z } from 'zod'
import { hostAndPort, ip, port } from './common.ts'

export const reachSchema = z.strictObject({
  through: z.string().min(1).describe('Role of the host through whose ssh connection inner addresses are reached.'),
  parts: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe('Part or service → another role, or `direct` where it is reached from here without a forward.'),
})

export const forwardedSchema = z
  .record(
    z.string(),
    z.strictObject({ inner: z.string(), destination: z.string(), control: z.string().optional(), failed: z.string().optional() }),
  )
  .default({})
  .describe(
    'Filled in by a run: local end of a forward → the address as the host sees it, and the connection that carries it, or why there is none.',
  )
export type Forwarded = z.infer<typeof forwardedSchema>

export const dnsSchema = z.strictObject({
  servers: z.array(hostAndPort).default([]).describe('Resolvers to ask; empty: the operator’s own.'),
  expect: z.array(ip).default([]).describe('Addresses of the load balancer (or the CDN) and nothing else.'),
  inside: z.array(ip).default([]).describe('Further addresses that public names may have inside the zone.'),
  overrides: z.record(z.string(), ip).default({}).describe('Host name → address to connect to instead of resolving it.'),
})

export const tlsSchema = z.strictObject({
  ca: z
    .string()
    .optional()
    .describe('CA file on the operator’s side that public certificates must chain to; absent: the system’s.'),
  terminatedBy: z.enum(['gateway', 'load-balancer']).default('gateway'),
  plainPort: port.default(80).describe('Port on which the public addresses are asked in plain HTTP.'),
})
