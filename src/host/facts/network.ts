import { z } from 'zod'

/** Network links, loopback left out. */
export const linkFacts = z.strictObject({
  links: z.array(
    z.strictObject({
      name: z.string(),
      state: z.string(),
      /** Mbit/s; null where the link does not tell (most virtual ones). */
      speed: z.int().positive().nullable(),
      /** The link that the default route leaves by. */
      defaultRoute: z.boolean(),
      virtual: z.boolean(),
    }),
  ),
})

/** Listening TCP sockets. */
export const listenerFacts = z.strictObject({
  listeners: z.array(
    z.strictObject({
      /** As bound: `0.0.0.0`, `::`, `127.0.0.1`, … */
      address: z.string(),
      port: z.int().min(0).max(65_535),
      /** Command name; empty where this account may not see it. */
      process: z.string(),
    }),
  ),
})

export const firewallFacts = z.strictObject({
  /** The tool that answered. */
  tool: z.enum(['nft', 'iptables']),
  /** Rules as the tool prints them, comments and counters left out. */
  rules: z.array(z.string()),
  /** A front end that says of itself that it is active: `ufw`, `firewalld`; empty: none. */
  frontEnd: z.string(),
})

/** Whether this host gets a TCP connection to the addresses that were asked for. */
export const connectivityFacts = z.strictObject({
  targets: z.array(
    z.strictObject({
      address: z.string(),
      result: z.enum(['open', 'refused', 'timeout', 'unresolved', 'failed']),
    }),
  ),
})
