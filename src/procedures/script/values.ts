import { READINESS_MS } from '../procedure.ts'
import type { Value } from './shell.ts'
import type { Site } from './site.ts'

/** What every procedure's script knows of its host, by the name of its variable. */
export function siteValues(site: Site, procedure: string): Record<string, Value> {
  const { database, redis, kafka, paths, doors, health } = site
  const states = `${paths.backups}/.runbook`
  return {
    HOST: site.host.name,
    PROCEDURE: procedure,
    STATES: states,
    STATE: `${states}/${procedure}.state`,
    DEADLINE: String(READINESS_MS / 1_000),
    COMPOSE: site.compose,
    PROJECT: site.project,
    COMPOSE_FILE: site.composeFile,
    ENV_FILE: site.envFile,
    SECRETS: paths.secrets,
    BACKUPS: paths.backups,
    DATABASE: database.name,
    DATABASE_USER: database.user,
    ADMIN_DATABASE: 'postgres',
    ADMIN_USER: database.admin,
    ADMIN_SECRET: database.admin === database.user ? 'postgres_password' : 'postgres_admin_password',
    ...(database.service === undefined
      ? {
          DATABASE_HOST: database.host,
          DATABASE_PORT: String(database.port),
          DATABASE_SSLMODE: database.ssl ? 'require' : 'prefer',
        }
      : { DATABASE_SERVICE: database.service }),
    REDIS_SERVICE: redis?.service ?? '',
    REDIS_PORT: String(redis?.port ?? ''),
    KAFKA_SERVICE: kafka?.service ?? '',
    KAFKA_PORT: String(kafka?.port ?? ''),
    HEALTH_SERVICES: health.map(({ service }) => service),
    HEALTH_URLS: health.map(({ url }) => url),
    HEALTH_KEYS: health.map(keyWord),
    DOOR_URLS: doors.map(({ url }) => url),
    DOOR_KEYS: doors.map(keyWord),
    DOOR_CONNECT: doors.map(({ connectTo }) => connectTo),
    DOOR_CA: site.ca ?? '',
  }
}

/** The files of shell functions for this host's kind of database, and those that every script needs. */
export function siteFiles({ database }: Site): string[] {
  return ['engine', database.service === undefined ? 'database-host' : 'database-container', 'database']
}

function keyWord({ needsKey }: { readonly needsKey: boolean }): string {
  return needsKey ? 'key' : 'open'
}

/** The services of the project in the order in which they start. */
export function everyService({ groups }: Site): string[] {
  return [...groups.infrastructure, ...groups.services, ...groups.monitoring, ...groups.gateway]
}
