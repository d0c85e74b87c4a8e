import { z } from 'zod'

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
