import { parseDocument } from 'yaml'
import { z } from 'zod'
import { quote } from '../../host/questions.ts'
import type { TargetSpec } from '../../targets/schema.ts'
import type { Machine } from './machine.ts'

/** Service of the compose file that is run once by a deploy. */
export const MIGRATIONS = 'migrations'
/** Variable of its image that holds the statements of that release. */
const STATEMENTS = 'MIGRATION'

const composeSchema = z.looseObject({
  services: z.record(z.string(), z.looseObject({ image: z.string() })),
})

/** Adds to the compose file on the host a service that migrates: the database's own client, and the statements that its image brings. */
export async function addMigrations(there: Machine, { compose, postgres }: TargetSpec): Promise<void> {
  if (compose === undefined || postgres === undefined) throw new Error('the target describes no compose project with a database')
  const document = parseDocument(await there.sh(`cat ${quote(compose.file)}`), { merge: true })
  const { services } = composeSchema.parse(document.toJS())
  const { user, group } = await account(there)
  const connection = `host=postgres dbname=${postgres.database} user=${postgres.user}`
  const statements = `"$\${${STATEMENTS}:-SELECT 1}"`
  document.setIn(['services', MIGRATIONS], {
    image: services.postgres?.image,
    profiles: [MIGRATIONS],
    user: `${user}:${group}`,
    networks: ['inner'],
    secrets: ['postgres_password'],
    mem_limit: '256m',
    cpus: 1,
    logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
    healthcheck: { test: ['CMD', 'true'] },
    entrypoint: ['sh', '-ec'],
    command: [
      `PGPASSWORD=$$(cat /run/secrets/postgres_password) exec psql ${quote(connection)} -X -q -v ON_ERROR_STOP=1 -1 -c ${statements}`,
    ],
  })
  await there.sh(`cat >${quote(compose.file)}`, document.toString({ lineWidth: 0 }))
}

/** Makes an image of the database's client with these statements in it. Returns its id. */
export async function migrationsImage(there: Machine, base: string, statements: string): Promise<string> {
  const change = quote(`ENV ${STATEMENTS}=${JSON.stringify(statements.replaceAll(/\s+/g, ' '))}`)
  return (await there.sh(`docker commit --change ${change} "$(docker create ${base})" localhost/released/${MIGRATIONS}:b`)).trim()
}

async function account(there: Machine): Promise<{ readonly user: string; readonly group: string }> {
  const [user = '', group = ''] = (await there.sh('id -u; getent group docker | cut -d : -f 3')).trim().split('\n')
  return { user, group }
}
