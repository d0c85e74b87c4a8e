import { z } from 'zod'
import { hostAndPort, port, secretReference } from './common.ts'

/** How a client of an inner part speaks TLS. Files are the operator's. */
const clientTlsKeys = {
  ca: z.string().min(1).optional().describe('CA file on the operator’s side; absent: the system’s authorities.'),
  serverName: z.string().min(1).optional().describe('Name that its certificate is for, where that is not the host.'),
  clientCertificate: z
    .strictObject({ certificate: z.string().min(1), key: z.string().min(1) })
    .optional()
    .describe('PEM files on the operator’s side, where it wants to know who connects by a certificate.'),
}
export type ClientTlsSpec = z.infer<z.ZodObject<typeof clientTlsKeys>>

export const postgresSchema = z.strictObject({
  host: z.string().min(1),
  port,
  database: z.string().min(1),
  user: z.string().min(1),
  password: secretReference,
  ssl: z.boolean().default(false).describe('Speak TLS.'),
  sslMode: z
    .enum(['require', 'verify-ca', 'verify-full'])
    .optional()
    .describe(
      'How much of its certificate must hold, as libpq’s sslmode: nothing, its authority, or (unless said) its name too.',
    ),
  ...clientTlsKeys,
})
export type PostgresSpec = z.infer<typeof postgresSchema>

export const redisSchema = z.strictObject({
  host: z.string().min(1),
  port,
  user: z.string().min(1).optional().describe('A user of its access lists; absent: the default one.'),
  password: secretReference,
  tls: z.boolean().optional().describe('Speak TLS.'),
  ...clientTlsKeys,
})
export type RedisSpec = z.infer<typeof redisSchema>

export const kafkaSchema = z.strictObject({
  brokers: z.array(hostAndPort).min(1),
  replicationFactor: z.int().positive().default(1).describe('What each topic is expected to have.'),
  overrides: z
    .record(z.union([hostAndPort, z.literal('*')]), hostAndPort)
    .default({})
    .describe(
      'Address that a broker advertises → address to connect to instead (forwarded, or outside the compose network); `*`: every other one.',
    ),
  tls: z.boolean().optional().describe('Speak TLS.'),
  sasl: z
    .strictObject({
      mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']),
      user: z.string().min(1),
      password: secretReference,
    })
    .optional()
    .describe('As whom, where the brokers want to know.'),
  ...clientTlsKeys,
})
export type KafkaSpec = z.infer<typeof kafkaSchema>
