import { z } from 'zod'
import { hostAndPort, port } from './common.ts'
import { hostSchema } from './host.ts'

export const pathsSchema = z.strictObject({
  application: z.string().startsWith('/'),
  monitoring: z.string().startsWith('/'),
  envFile: z.string().startsWith('/'),
  secrets: z.string().startsWith('/'),
  certificates: z.string().startsWith('/'),
  keys: z.string().startsWith('/'),
  ca: z.string().startsWith('/').describe('CA certificate on the services host.'),
  backups: z.string().startsWith('/'),
  deployLog: z.union([z.literal('none'), z.string().startsWith('/')]),
  rollbackLog: z.union([z.literal('none'), z.string().startsWith('/')]),
  prometheusConfig: z.string().startsWith('/'),
  prometheusRules: z.string().startsWith('/'),
})

export const namesSchema = z.strictObject({
  tables: z.array(z.string()).describe('Tables that the database must have.'),
  topicPrefix: z.string().describe('What every topic name starts with, such as `dev.product.`.'),
  topics: z.array(z.string()).default([]).describe('Topics that must exist, whole names.'),
  models: z.array(z.string()).default([]).describe('Models that must be listed; empty: at least one.'),
  secrets: z.array(z.string()).default([]).describe('Files that must be in the secrets directory.'),
  migrations: z
    .strictObject({ table: z.string(), column: z.string() })
    .default({ table: 'schema_migrations', column: 'version' })
    .describe('Where the database lists the migrations that were applied to it.'),
})

export const expectSchema = z.strictObject({
  owner: z.string().default('').describe('Owner of the application tree; empty: whoever deploys.'),
  group: z.string().default('docker'),
  dockerGroup: z.array(z.string()).default([]).describe('The only accounts that may be in the docker group.'),
  deployUser: z.string().default(''),
  environment: z.string().default('production').describe('What ENVIRONMENT says in the environment file.'),
  variables: z.array(z.string()).default([]).describe('Variables that the environment file may hold beside the runbook’s.'),
  bindings: z.array(z.string()).default(['127.0.0.1', '::1']).describe('Addresses that inner ports may be bound to.'),
  innerPorts: z.array(port).default([]).describe('Ports that must stay inside, beside those of the described parts (exporters).'),
  portHolders: z
    .array(z.string())
    .default(['docker-proxy', 'rootlesskit', 'rootlessport'])
    .describe('Processes by which our own containers hold a published port.'),
  outbound: z.array(hostAndPort).default([]).describe('What the host must be able to reach.'),
  firewall: z
    .array(z.string())
    .default([])
    .describe('The expected rules, one a string, as `nft list ruleset` or `iptables -S` prints them.'),
  vantage: z
    .union([z.string().min(1), hostSchema])
    .optional()
    .describe(
      'ssh destination outside the zone, from which inner ports must be closed and public names open; or a whole host section.',
    ),
  migrations: z.string().optional().describe('Schema version that the release expects.'),
  schema: z.string().default('').describe('YAML file that describes the tables, on the operator’s side.'),
  composeVersion: z.string().optional().describe('The one version of Docker Compose that the host must have.'),
  hostAccess: z.array(z.string()).default([]).describe('Compose services that may see the host’s processes, network or engine.'),
  reviewed: z
    .record(z.string().startsWith('/'), z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hex'))
    .default({})
    .describe('Monitoring configuration as last reviewed: path on the services host → SHA-256.'),
  tools: z.array(z.string()).default([]).describe('Commands that the runbook needs on every host.'),
  timeZone: z.string().default('UTC').describe('Time zone of every host, so that logs can be laid side by side.'),
})

export const syntheticSchema = z.strictObject({
  source: z.string().min(1).describe('Source of everything that the runbook itself sends; consumers ignore it.'),
  action: z.string().min(1).describe('Its action; where that decides the topic, the topic must exist.'),
})

export const escalationSchema = z.strictObject({
  levels: z.record(
    z.string().regex(/^[1-9]$/),
    z.strictObject({ name: z.string(), contact: z.string(), responseTime: z.string() }),
  ),
  channels: z.array(z.string()),
})
export type EscalationSpec = z.infer<typeof escalationSchema>
