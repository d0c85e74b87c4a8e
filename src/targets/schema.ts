import { z } from 'zod'
import { EFFECTS } from '../effect.ts'
import { days, secretReference } from './schema/common.ts'
import { composeSchema, dockerSchema } from './schema/containers.ts'
import { hostSchema } from './schema/host.ts'
import { grafanaSchema, httpPartSchema, monitoringSchema } from './schema/monitoring.ts'
import { dnsSchema, forwardedSchema, reachSchema, tlsSchema } from './schema/network.ts'
import { drillsSchema, rehearsalSchema } from './schema/rehearsal.ts'
import { releaseSchema } from './schema/release.ts'
import { limitSchema, objectiveSchema, serviceSchema } from './schema/service.ts'
import { escalationSchema, expectSchema, namesSchema, pathsSchema, syntheticSchema } from './schema/site.ts'
import { kafkaSchema, postgresSchema, redisSchema } from './schema/stores.ts'

export { type SecretReference, secretReference } from './schema/common.ts'
export type { ComposeSpec, DockerSpec } from './schema/containers.ts'
export { type HostSpec, hostSchema } from './schema/host.ts'
export type { GrafanaSpec, MonitoringSpec } from './schema/monitoring.ts'
export type { Forwarded } from './schema/network.ts'
export type { RehearsalSpec } from './schema/rehearsal.ts'
export { type ReleaseSpec, releaseSchema } from './schema/release.ts'
export { type LimitSpec, limitSchema, objectiveSchema, type ServiceSpec, serviceSchema } from './schema/service.ts'
export type { EscalationSpec } from './schema/site.ts'
export type { ClientTlsSpec, KafkaSpec, PostgresSpec, RedisSpec } from './schema/stores.ts'

/** A whole target, after the product’s defaults were merged beneath the site’s file. */
export const targetSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'expected lower-case letters, digits and hyphens'),
  kind: z.enum(['embedded', 'ephemeral', 'live']).default('live'),
  environment: z.string().min(1).describe('`production` never allows `drill`.'),
  allow: z.array(z.enum(EFFECTS)).default(['read']),
  parts: z
    .record(z.string(), z.union([z.enum(['none', 'optional']), z.strictObject({ failed: z.string(), root: z.string() })]))
    .default({})
    .describe(
      'A part this target does not have (none: its lines are skipped), that may fail to start (optional), or that could not be started in this run (failed: the reason, and the part that is its root; its lines are unobserved).',
    ),
  stack: z
    .string()
    .optional()
    .describe('How an ephemeral target is run: file that names the compose file and what is done otherwise than in production.'),
  images: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe('Part of an ephemeral target → image that replaces the reference one, such as a release of the company’s own.'),
  hosts: z.record(z.string(), hostSchema).default({}),
  services: z.record(z.string(), serviceSchema).default({}),
  /** Public names that have no service of their own, such as an API gateway’s: name → URL. */
  gateways: z.record(z.string(), z.strictObject({ public: z.url(), routesTo: z.string() })).default({}),
  apiKey: secretReference.optional(),
  postgres: postgresSchema.optional(),
  redis: redisSchema.optional(),
  kafka: kafkaSchema.optional(),
  prometheus: httpPartSchema.optional(),
  alertmanager: httpPartSchema.optional(),
  grafana: grafanaSchema.optional(),
  docker: dockerSchema.optional(),
  compose: composeSchema.optional(),
  reach: reachSchema
    .optional()
    .describe('Inner addresses are those that a host sees, and are reached through its ssh connection; absent: from here.'),
  forwarded: forwardedSchema,
  dns: dnsSchema.prefault({}),
  cdn: z.union([z.literal('none'), z.strictObject({ name: z.string() })]).default('none'),
  tls: tlsSchema.prefault({}),
  paths: pathsSchema,
  names: namesSchema,
  expect: expectSchema.prefault({}),
  monitoring: monitoringSchema,
  synthetic: syntheticSchema,
  drills: drillsSchema.prefault(['corrupting-migration']),
  staging: z
    .strictObject({ report: z.string().min(1).describe('report.json of the last run against staging, on the operator’s side.') })
    .optional()
    .describe('The rehearsal of a scheduled update.'),
  release: releaseSchema.optional().describe('What should be released there.'),
  settle: z
    .strictObject({ everySeconds: z.number().min(1).max(3_600).default(15) })
    .prefault({})
    .describe(
      'How often `--settle` looks at the reading lines again; between two looks there is at least as much rest as a look takes.',
    ),
  objectives: z.record(z.string(), objectiveSchema).default({}),
  limits: z.record(z.string(), limitSchema).default({}),
  rehearsal: rehearsalSchema.prefault({}).describe('How the newest backup is restored for trial, where `copy-data` is allowed.'),
  recovery: z.strictObject({
    rtoMinutes: z.number().positive(),
    rpoMinutes: z.number().positive(),
    hostRtoMinutes: z.number().positive().describe('Until the product is back after the loss of the whole host.'),
    hostRpoMinutes: z.number().positive().describe('What may be lost with a whole host.'),
    backupDays: days,
  }),
  escalation: escalationSchema,
})
export type TargetSpec = z.infer<typeof targetSchema>
