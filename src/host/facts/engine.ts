import { z } from 'zod'

/** A container, as far as this area needs it. */
const containerFacts = z.strictObject({
  name: z.string(),
  logDriver: z.string(),
  logOptions: z.record(z.string(), z.string()),
  /** Limits set for this container, such as nofile. */
  ulimits: z.array(z.strictObject({ name: z.string(), soft: z.int(), hard: z.int() })),
})

/** The container engine, as its command line client on the host and its daemon.json describe it. */
export const engineFacts = z.strictObject({
  clientVersion: z.string(),
  /** Empty where the daemon does not answer; `answer` then says what came instead. */
  serverVersion: z.string(),
  loggingDriver: z.string(),
  storageDriver: z.string(),
  /** The client's complaint; empty where all went well. */
  answer: z.string(),
  daemonJson: z.strictObject({
    path: z.string(),
    exists: z.boolean(),
    text: z.string(),
    /** Seconds since 1970. */
    modified: z.int().nonnegative(),
  }),
  /** When the daemon's process began, seconds since 1970; null: not running or not visible. */
  daemonStarted: z.int().nonnegative().nullable(),
  containers: z.array(containerFacts),
})

export const composeVersionFacts = z.strictObject({
  /** Empty where there is none. */
  version: z.string(),
  /** `docker compose` (the plugin) or `docker-compose`; empty where there is neither. */
  command: z.string(),
})

/** Service manager's answer for each unit asked for. */
export const unitFacts = z.strictObject({
  manager: z.enum(['systemd', 'openrc', 'none']),
  units: z.array(
    z.strictObject({
      name: z.string(),
      /** `active`, `inactive`, `failed`, …, as the manager prints it. */
      active: z.string(),
      /** `enabled`, `disabled`, …; empty where the unit is unknown. */
      enabled: z.string(),
    }),
  ),
})
