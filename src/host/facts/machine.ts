import { z } from 'zod'

/** What the machine is made of. Sizes are bytes unless a name says otherwise. */
export const machineFacts = z.strictObject({
  /** Processors that the scheduler offers to this account (affinity and cpuset included). */
  onlineCores: z.int().nonnegative(),
  /** The cgroup's CPU quota in cores; null where there is none. */
  quotaCores: z.number().positive().nullable(),
  /** The lesser of the two: what a process may really use. */
  cores: z.number().nonnegative(),
  memoryTotal: z.int().nonnegative(),
  /** The cgroup's memory limit; null where there is none. */
  memoryLimit: z.int().positive().nullable(),
  /** The lesser of the two. */
  memory: z.int().nonnegative(),
  memoryAvailable: z.int().nonnegative().nullable(),
  /** What a hypervisor or a container says of itself, such as `KVM` or `docker`; empty on bare metal. */
  virtualization: z.string(),
})

/** One data path and the file system that holds it. */
export const diskFacts = z.strictObject({
  paths: z.array(
    z.strictObject({
      path: z.string(),
      exists: z.boolean(),
      /** The nearest existing ancestor; it was measured where the path itself does not exist. */
      measured: z.string(),
      device: z.string(),
      type: z.string(),
      mount: z.string(),
      size: z.int().nonnegative(),
      free: z.int().nonnegative(),
      /** null where the file system has no fixed number of inodes. */
      inodes: z.int().positive().nullable(),
      inodesFree: z.int().nonnegative().nullable(),
      /** false: SSD; null: the host does not tell (see `rotationalReason`). */
      rotational: z.boolean().nullable(),
      rotationalReason: z.string(),
    }),
  ),
})

export const osFacts = z.strictObject({
  /** ID of os-release, such as `debian`. */
  id: z.string(),
  versionId: z.string(),
  prettyName: z.string(),
  kernel: z.string(),
  architecture: z.string(),
  hostname: z.string(),
})

export const clockFacts = z.strictObject({
  /** The host's clock when it was asked, in milliseconds since 1970. */
  epochMs: z.number().positive(),
  /** How exact `epochMs` is: 1 or 1,000 ms. */
  resolutionMs: z.number().positive(),
  /** By how much the host's clock is ahead of the observer's, in milliseconds: no less and no more than this. */
  ahead: z.strictObject({ least: z.number(), most: z.number() }),
  /** null where nothing on the host tells. */
  synchronized: z.boolean().nullable(),
  /** Who said so: `timedatectl`, `chronyc`, `ntpq`, `adjtimex`; empty where nobody did. */
  source: z.string(),
  timeZone: z.string(),
  /** Offset from UTC as `date +%z` prints it, such as `+0000`. */
  utcOffset: z.string(),
})

export const swapFacts = z.strictObject({
  total: z.int().nonnegative(),
  free: z.int().nonnegative(),
  /** vm.swappiness; null where it cannot be read. */
  swappiness: z.int().nonnegative().nullable(),
  devices: z.array(z.strictObject({ name: z.string(), type: z.string(), size: z.int().nonnegative() })),
})

export const rebootFacts = z.strictObject({
  /** null where this distribution leaves no mark. */
  required: z.boolean().nullable(),
  /** What asked for it: the mark's text, packages, or the newer kernel that is installed. */
  why: z.string(),
})

export const loadFacts = z.strictObject({
  uptimeSeconds: z.number().nonnegative(),
  /** Seconds since 1970. */
  bootTime: z.int().nonnegative(),
  load: z.tuple([z.number(), z.number(), z.number()]),
  /** Command names, never their arguments. */
  busiest: z.array(z.strictObject({ name: z.string(), cpuPercent: z.number(), memoryPercent: z.number() })),
})
