import { CONFIGURATION_FOLDER, MANIFEST_FILE, type Manifest, UnusableBackup } from '../manifest.ts'
import type { Bodies } from '../outline.ts'
import { ROLLBACK } from '../outlines.ts'
import { imageOf } from '../platform.ts'
import { replacedName, restoredMark, stopOrder } from '../rollback.ts'
import { assemble, ONLY_LOOKS } from './assemble.ts'
import { headerOf, seconds } from './header.ts'
import { printing } from './shell.ts'
import type { ChosenBackup, Site } from './site.ts'
import { factsSql } from './sql.ts'
import { siteFiles, siteValues } from './values.ts'

const BODIES: Bodies<typeof ROLLBACK, string, string> = {
  'check inputs': { precondition: 'rollback_obstacles', run: ONLY_LOOKS },
  'stop services': { run: 'stop_services', verify: 'services_still_running' },
  'restore database': { run: 'restore_database' },
  'put database in place': { run: 'put_in_place', verify: 'not_in_place' },
  'restore configuration': { run: 'restore_configuration' },
  'start services': { run: 'start_services', verify: 'services_ailing' },
  validate: { run: ONLY_LOOKS, verify: 'not_valid' },
}

/** A script that goes back to that backup on exactly this host. @throws UnusableBackup where the backup says too little for it */
export function rollbackScript(site: Site, backup: ChosenBackup): string {
  const { directory, manifest, references } = backup
  const { groups, database } = site
  if (manifest.database.name !== database.name)
    throw new UnusableBackup(
      `${directory} is a backup of the database ${manifest.database.name}, and the target's is ${database.name}; choose another backup, or correct postgres.database`,
    )
  if (manifest.configuration.some(({ path }) => !path.startsWith(`${CONFIGURATION_FOLDER}/`)))
    throw new UnusableBackup(`${directory}: the manifest has configuration outside of ${CONFIGURATION_FOLDER}/`)
  const starts = [...groups.services, ...groups.gateway]
  for (const service of starts) imageOf({ name: `of the backup ${directory}`, images: manifest.images }, service)
  const title = `Rollback of ${site.target} on ${site.host.name} to the backup ${directory}`
  return assemble(ROLLBACK, BODIES, {
    header: headerOf(site, title, particulars(site, backup)),
    values: {
      ...siteValues(site, ROLLBACK.name),
      TITLE: title,
      AGAIN: ROLLBACK.again,
      RESUMES: 'yes',
      LOG: site.paths.rollbackLog,
      INPUTS: inputs(site, backup),
      LOGGED_INPUTS: JSON.stringify({ backup: directory, database: database.name }),
      BACKUP: directory,
      TAKEN_AT: `${seconds(new Date(manifest.takenAt))} UTC`,
      LOSSES: backup.losses,
      MANIFEST_FILE,
      MANIFEST_SHA256: backup.manifestSha256,
      SERVER_MAJOR: String(Math.floor(manifest.database.serverVersion / 10_000)),
      BACKUP_FILES: manifest.files.map(({ path }) => path),
      BACKUP_SUMS: manifest.files.map(({ sha256 }) => sha256),
      BACKUP_SIZES: manifest.files.map(({ bytes }) => String(bytes)),
      RESTORING: `${database.name}_restoring`,
      RESTORING_CONNECTION: connectionTo(`${database.name}_restoring`),
      MARK: restoredMark(directory),
      ASIDE: replacedName(database.name, directory),
      STOP_ORDER: stopOrder(groups),
      START_ORDER: starts,
      IMAGE_SERVICES: Object.keys(manifest.images),
      IMAGE_DIGESTS: Object.values(manifest.images),
      IMAGE_REFERENCES: Object.entries(manifest.images).map(([service, digest]) => references[service] ?? digest),
      CONFIGURATION_COPIES: manifest.configuration.map(({ path }) => path),
      CONFIGURATION_ORIGINALS: manifest.configuration.map(({ original }) => original),
      CONFIGURATION_MODES: manifest.configuration.map(({ mode }) => mode),
      CONFIGURATION_FOLDERS: manifest.configurationFolders,
    },
    files: [...siteFiles(site), 'compose', 'rollback', `load-${manifest.database.method}`],
    functions: [
      printing(
        'expected_facts',
        'What the manifest says of the schema and the rows: what was restored must be the same.',
        expectedFacts(manifest),
      ),
      printing(
        'facts_sql',
        'Statements that print the same of a database: the schema’s hash, computed as in every rehearsal, and the rows of each table.',
        factsSql,
      ),
    ],
  })
}

function expectedFacts({ database }: Manifest): string[] {
  return [`schema ${database.schemaHash}`, ...database.tables.map(({ name, rows }) => `${rows} ${JSON.stringify(name)}`)]
}

/** What tells this rollback from another: a run that was begun with other inputs is not resumed. */
function inputs({ database }: Site, { directory, manifest, manifestSha256 }: ChosenBackup): string[] {
  return [
    `backup=${directory}`,
    `manifest=${manifestSha256}`,
    `database=${database.name}`,
    ...Object.entries(manifest.images).map(([service, digest]) => `image of ${service}=${digest}`),
  ]
}

function particulars({ approval, drill }: Site, { directory, manifest, losses }: ChosenBackup): string[] {
  const { serverVersion, schemaVersion, tables } = manifest.database
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  return [
    '',
    `Back to: ${directory}, taken ${seconds(new Date(manifest.takenAt))} UTC, PostgreSQL ${Math.floor(serverVersion / 10_000)}, schema version ${schemaVersion ?? 'unknown'}, ${rows} rows in ${tables.length} tables.`,
    'Lost: every row that was stored since then (it is kept in the replaced database), and the meaning of every event of such a row. The script counts them again before it asks whether to go on.',
    ...losses.map((loss) => `  ${loss}`),
    `Expected duration: ${drill ?? 'unknown, no drill was found in the history of reports'}.`,
    `Approval: ${approval}.`,
  ]
}

/** A name as libpq takes it where a connection string is expected. */
function connectionTo(name: string): string {
  return `dbname='${name.replaceAll(/[\\']/g, String.raw`\$&`)}'`
}
