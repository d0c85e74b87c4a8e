import { z } from 'zod'
import { DRILL_NAMES } from '../../procedures/drills.ts'
import { hostSchema } from './host.ts'

export const rehearsalSchema = z.strictObject({
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

export const drillsSchema = z
  .array(z.enum(DRILL_NAMES))
  .describe('Drills that the rollback suite holds on a disposable target; the lines of a rollback are judged by the first.')
