import { z } from 'zod'
import { EFFECTS } from '../effect.ts'
import { DRILL_NAMES } from '../procedures/drills.ts'

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

const port = z.int().min(0).max(65_535)
const ip = z.union([z.ipv4(), z.ipv6()])
const hostAndPort = z.string().regex(/^(\[[0-9a-f:]+\]|[^\s:/]+):\d{1,5}$/i, 'expected host:port')
const days = z.number().positive()

/** A host, by the role it plays. Roles are the product's words; one host may play several. */
export const hostSchema = z.strictObject({
  shell: z.enum(['local', 'ssh', 'container']).default('local').describe('How commands reach it.'),
  address: z
    .string()
    .min(1)
    .default('localhost')
    .describe('ssh destination (user@host or an alias of ssh_config), or container name.'),
  root: z.string().default('').describe('Prefix of every absolute path that is read; empty on a real host.'),
  path: z.string().optional().describe('A PATH to use instead of the host’s own (stand-ins for commands).'),
  simulated: z.boolean().default(false).describe('Facts of this host come from stand-ins and are marked so.'),
  sudo: z.boolean().default(false).describe('Use `sudo -n` for facts that need more rights.'),
  sshConfig: z
    .string()
    .min(1)
    .optional()
    .describe('ssh_config on the operator’s side to use instead of the operator’s own (`ssh -F`).'),
  connection: z
    .union([z.strictObject({ control: z.string() }), z.strictObject({ failed: z.string() })])
    .optional()
    .describe('Filled in by a run: the one ssh connection that it has opened, or why it could not.'),
})
export type HostSpec = z.infer<typeof hostSchema>

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

const postgresSchema = z.strictObject({
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

const redisSchema = z.strictObject({
  host: z.string().min(1),
  port,
  user: z.string().min(1).optional().describe('A user of its access lists; absent: the default one.'),
  password: secretReference,
  tls: z.boolean().optional().describe('Speak TLS.'),
  ...clientTlsKeys,
})
export type RedisSpec = z.infer<typeof redisSchema>

const kafkaSchema = z.strictObject({
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

const httpPartSchema = z.strictObject({ url: z.url() })
const grafanaSchema = z.strictObject({ url: z.url(), user: z.string().default('admin'), password: secretReference })
export type GrafanaSpec = z.infer<typeof grafanaSchema>

const dockerSchema = z.union([z.strictObject({ socket: z.string().startsWith('/') }), z.strictObject({ host: z.string(), port })])
export type DockerSpec = z.infer<typeof dockerSchema>

const composeSchema = z.strictObject({
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

const reachSchema = z.strictObject({
  through: z.string().min(1).describe('Role of the host through whose ssh connection inner addresses are reached.'),
  parts: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe('Part or service → another role, or `direct` where it is reached from here without a forward.'),
})

const forwardedSchema = z
  .record(
    z.string(),
    z.strictObject({ inner: z.string(), destination: z.string(), control: z.string().optional(), failed: z.string().optional() }),
  )
  .default({})
  .describe(
    'Filled in by a run: local end of a forward → the address as the host sees it, and the connection that carries it, or why there is none.',
  )
export type Forwarded = z.infer<typeof forwardedSchema>

const dnsSchema = z.strictObject({
  servers: z.array(hostAndPort).default([]).describe('Resolvers to ask; empty: the operator’s own.'),
  expect: z.array(ip).default([]).describe('Addresses of the load balancer (or the CDN) and nothing else.'),
  inside: z.array(ip).default([]).describe('Further addresses that public names may have inside the zone.'),
  overrides: z.record(z.string(), ip).default({}).describe('Host name → address to connect to instead of resolving it.'),
})

const tlsSchema = z.strictObject({
  ca: z
    .string()
    .optional()
    .describe('CA file on the operator’s side that public certificates must chain to; absent: the system’s.'),
  terminatedBy: z.enum(['gateway', 'load-balancer']).default('gateway'),
  plainPort: port.default(80).describe('Port on which the public addresses are asked in plain HTTP.'),
})

const pathsSchema = z.strictObject({
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

const namesSchema = z.strictObject({
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

const expectSchema = z.strictObject({
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

const seconds = z.number().positive()

const monitoringSchema = z.strictObject({
  scrapeInterval: seconds.describe('Seconds.'),
  scrapeTimeout: seconds.describe('Seconds.'),
  evaluationInterval: seconds.describe('Seconds.'),
  externalLabels: z.record(z.string(), z.string()).describe('Labels that tell this Prometheus apart in a notification.'),
  jobs: z
    .record(z.string(), z.union([z.string().startsWith('/'), z.literal('none')]))
    .transform(withoutNone)
    .describe('Jobs that must be scraped: name → metrics path; `none` for one of the runbook’s that this site does not have.'),
  up: z
    .record(z.string(), z.string())
    .default({})
    .transform(withoutNone)
    .describe('Series by which an exporter tells that it reaches its system: job → metric; `none` as above.'),
  alerts: z
    .record(z.string(), z.strictObject({ for: seconds, severity: z.string(), team: z.string() }))
    .describe('Alerts that must exist; `for` in seconds.'),
  mayFire: z.array(z.string()).default([]).describe('Alerts that may be firing, such as a dead man’s switch.'),
  acceptedCounter: z.string().describe('Counter of what the product accepted, with the labels source and action.'),
})
export type MonitoringSpec = z.infer<typeof monitoringSchema>

/** A file is laid over the product's defaults, so that only a word can take something away from them. */
function withoutNone(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== 'none'))
}

const syntheticSchema = z.strictObject({
  source: z.string().min(1).describe('Source of everything that the runbook itself sends; consumers ignore it.'),
  action: z.string().min(1).describe('Its action; where that decides the topic, the topic must exist.'),
})

const rehearsalSchema = z.strictObject({
  host: z
    .union([z.string().min(1), hostSchema])
    .optional()
    .describe(
      'Role, or a whole host section, of a machine inside the zone: backups are read and restored there, in a container, and no row leaves it. Absent: this machine.',
    ),
  backups: z
    .string()
    .startsWith('/')
    .optional()
    .describe('Where that machine sees the backups, such as the mounted backup storage; absent: paths.backups.'),
  directory: z
    .string()
    .startsWith('/')
    .optional()
    .describe('Directory of the machine that rehearses in which the disposable database lies; absent: /var/tmp.'),
  image: z
    .string()
    .min(1)
    .default('postgres:{major}-bookworm')
    .describe(
      'Container image of the disposable database where the PostgreSQL that the project brings along is of another major than the live one; `{major}` stands for that of the live one.',
    ),
  minutes: z.number().positive().default(60).describe('How long a rehearsal may take.'),
  largest: z
    .number()
    .min(1)
    .default(4)
    .describe('How many times the size of the live database a backup may become before it is taken for a bomb.'),
})
export type RehearsalSpec = z.infer<typeof rehearsalSchema>

const escalationSchema = z.strictObject({
  levels: z.record(
    z.string().regex(/^[1-9]$/),
    z.strictObject({ name: z.string(), contact: z.string(), responseTime: z.string() }),
  ),
  channels: z.array(z.string()),
})
export type EscalationSpec = z.infer<typeof escalationSchema>

/** What should be released: a release manifest, or what an earlier report found. Given by --release or in the target file. */
export const releaseSchema = z.strictObject({
  services: z.record(z.string(), z.string()).default({}).describe('Service → image digest or version.'),
  schemaVersion: z.string().optional().describe('Version of the database schema.'),
  /** Versions of migrations that can be taken back; the others are restore-only. */
  reversible: z.array(z.string()).default([]),
  restoreOnly: z.array(z.string()).default([]),
  configuration: z
    .record(z.string().regex(/^(?:file \/|compose of )/, 'expected `file /PATH` or `compose of SERVICE`'), z.string())
    .optional()
    .describe(
      '`file /PATH` → SHA-256 of what the release brings there; `compose of SERVICE` → the hash that compose gives its configuration.',
    ),
})
export type ReleaseSpec = z.infer<typeof releaseSchema>

const drillsSchema = z
  .array(z.enum(DRILL_NAMES))
  .describe('Drills that the rollback suite holds on a disposable target; the lines of a rollback are judged by the first.')

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
