import { z } from 'zod'

/** Who the collector ran as, and who may do what root may. */
export const accountFacts = z.strictObject({
  account: z.string(),
  uid: z.int().nonnegative(),
  groups: z.array(z.string()),
  /** Members of the docker group, those included whose primary group it is. */
  dockerGroup: z.array(z.string()),
  dockerGroupExists: z.boolean(),
  /** False where the host tells no group at all. */
  groupsKnown: z.boolean(),
})

/** null: unlimited. */
const limitPair = z.strictObject({ soft: z.int().nonnegative().nullable(), hard: z.int().nonnegative().nullable() })
const processLimits = z.strictObject({ process: z.string(), pid: z.int().positive(), nofile: limitPair, nproc: limitPair })

export const limitFacts = z.strictObject({
  account: z.string(),
  /** What holds in a session of that account. */
  session: z.strictObject({ nofile: limitPair, nproc: limitPair }),
  /** What holds in the engine's own processes and so, where nothing else is said, in its containers. */
  engine: z.array(processLimits),
  /** limits.conf and limits.d, comments and blank lines left out. */
  configured: z.array(z.string()),
})

export const toolFacts = z.strictObject({
  /** Path, or empty where it is missing. */
  tools: z.array(z.strictObject({ name: z.string(), path: z.string() })),
})

export const updateFacts = z.strictObject({
  /** The package manager that answered. */
  manager: z.enum(['apt', 'dnf', 'apk']),
  /** Packages that can be upgraded; null where only those of the security archives were looked at. */
  pending: z.array(z.string()).nullable(),
  /** Those that mend a security fault; null where the manager does not tell. */
  security: z.array(z.string()).nullable(),
  /** Seconds since 1970 of the package lists that this answer rests on; null: unknown. */
  listsModified: z.int().nonnegative().nullable(),
})
