import { z } from 'zod'

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'expected a port')
  .refine((text) => Number(text) >= 1 && Number(text) <= 65_535, 'expected a port from 1 to 65535')
const count = z.string().regex(/^[1-9]\d{0,6}$/, 'expected a whole number above 0')
const flag = z.enum(['true', 'false'])
const name = z.string().regex(/^[A-Za-z_][\w-]*$/, 'expected a name')
const host = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'expected a host name or an address')
const hosts = z
  .string()
  .regex(/^[A-Za-z0-9.-]+:\d{1,5}(,[A-Za-z0-9.-]+:\d{1,5})*$/, 'expected host:port, several separated by commas')

/** Every variable of .env.production, with the type that its text must have. */
export const ENVIRONMENT_VARIABLES: Readonly<Record<string, z.ZodType<string>>> = {
  ENVIRONMENT: name,
  POSTGRES_HOST: host,
  POSTGRES_PORT: port,
  POSTGRES_DB: name,
  POSTGRES_USER: name,
  KAFKA_BOOTSTRAP_SERVERS: hosts,
  KAFKA_AUTO_CREATE_TOPICS: flag,
  REDIS_HOST: host,
  REDIS_PORT: port,
  HOOK_RECEIVER_PORT: port,
  MODEL_METRICS_PORT: port,
  WORKFLOW_COORDINATOR_PORT: port,
  PROMETHEUS_PORT: port,
  GRAFANA_PORT: port,
  ALERTMANAGER_PORT: port,
  ENABLE_TLS: flag,
  API_KEY_FILE: z.string().startsWith('/', 'expected an absolute path'),
  LOG_LEVEL: z.enum(['DEBUG', 'INFO', 'WARNING', 'WARN', 'ERROR', 'CRITICAL']),
  LOG_FORMAT: z.enum(['json', 'text']),
  WORKERS_PER_SERVICE: count,
  MAX_CONNECTIONS: count,
  POOL_SIZE: count,
}

/** The variables that are ports which compose publishes on the host. */
export const PUBLISHED_PORTS = [
  'HOOK_RECEIVER_PORT',
  'MODEL_METRICS_PORT',
  'WORKFLOW_COORDINATOR_PORT',
  'PROMETHEUS_PORT',
  'GRAFANA_PORT',
  'ALERTMANAGER_PORT',
] as const

/** The variable that holds a service's port: `hook-receiver` → HOOK_RECEIVER_PORT. */
export function portVariable(service: string): string {
  return `${service.toUpperCase().replaceAll('-', '_')}_PORT`
}
