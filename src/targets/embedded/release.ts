import { createHash } from 'node:crypto'
import { databaseSchema } from '../../../fixtures/embedded/index.ts'
import type { Started } from '../started.ts'
import { packageName } from './postgres/binaries.ts'
import type { Postgres } from './postgres.ts'

/** What runs and what the report's head must say of it. */
export async function releaseOf(
  postgres: Postgres | { readonly unavailable: string },
  services: readonly string[],
): Promise<Pick<Started, 'parts' | 'release' | 'notes'>> {
  const hash = createHash('sha256')
    .update(await databaseSchema())
    .digest('hex')
  const hasPostgres = !('unavailable' in postgres)
  const standIns = [...services, 'gateway', 'dns', 'host'].map((name) => ({
    name,
    image: '',
    digest: '',
    origin: 'stand-in' as const,
  }))
  return {
    parts: [
      ...standIns,
      ...(hasPostgres ? [{ name: 'postgres', image: packageName(), digest: '', origin: 'upstream' as const }] : []),
    ],
    release: {
      ...Object.fromEntries(services.map((name) => [name, 'reference 1.0.0'])),
      'schema hash': `sha256:${hash}`,
    },
    notes: [
      'Reference services, not the company’s images; generated data.',
      'Host facts come from a directory tree and stand-in commands: they are simulated.',
      'Events go to a log inside the run’s own process: where the hook-receiver’s health says kafka, it means that log.',
      ...(hasPostgres
        ? []
        : [`No PostgreSQL (${postgres.unavailable}): hooks are kept in memory, the lines of the database are skipped.`]),
    ],
  }
}
