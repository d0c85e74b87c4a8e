import { BACKUP_FORMAT, CONFIGURATION_FOLDER, EVENTS_FILE, MANIFEST_FILE } from '../manifest.ts'
import type { Bodies } from '../outline.ts'
import { BACKUP } from '../outlines.ts'
import { assemble, ONLY_LOOKS } from './assemble.ts'
import { headerOf } from './header.ts'
import { printing, type Value } from './shell.ts'
import type { Site } from './site.ts'
import { manifestSql } from './sql.ts'
import { everyService, siteFiles, siteValues } from './values.ts'

const BODIES: Bodies<typeof BACKUP, string, string> = {
  'check inputs': { precondition: 'backup_obstacles', run: ONLY_LOOKS },
  'copy configuration': { run: 'copy_configuration' },
  'dump database': { run: 'dump_database' },
  'snapshot Redis': { run: 'snapshot_redis' },
  'write manifest': { run: 'write_manifest' },
  verify: { run: 'verify_backup' },
}

/** A script that takes one backup of exactly this host, in the format that our restore and rollback read. */
export function backupScript(site: Site): string {
  return assemble(BACKUP, BODIES, {
    header: headerOf(site, `Backup of ${site.target} on ${site.host.name}`, [
      `It goes into a directory of its own in ${site.paths.backups}, named by the UTC time at which it begins.`,
    ]),
    values: {
      ...siteValues(site, BACKUP.name),
      TITLE: `Backup of ${site.target} on ${site.host.name} into ${site.paths.backups}`,
      AGAIN: BACKUP.again,
      // Half a backup is worth nothing: another run takes another one.
      RESUMES: 'no',
      INPUTS: [`database=${site.database.name}`, `backups=${site.paths.backups}`],
      LOGGED_INPUTS: JSON.stringify({ database: site.database.name, backups: site.paths.backups }),
      LOG: beside(site.paths.deployLog, 'backup.log'),
      ...backupValues(site),
    },
    files: [...siteFiles(site), 'backup'],
    functions: backupFunctions(),
  })
}

/** What the backup's functions need beside what every script knows. */
export function backupValues(site: Site): Record<string, Value> {
  return {
    BACKUP_FORMAT,
    MANIFEST_FILE,
    CONFIGURATION_FOLDER,
    EVENTS_FILE,
    CONFIGURATION_FILES: site.paths.configuration,
    CONFIGURATION_FOLDERS: site.paths.folders,
    SERVICES: everyService(site),
  }
}

export function backupFunctions(): string[] {
  const sentence =
    'Statements that print what the manifest says of the database, inside the snapshot: the same as in every rehearsal.'
  return [printing('manifest_sql', sentence, manifestSql)]
}

/** Lines of a backup in the deploy's log would be taken for the deploy's. */
function beside(log: string, name: string): string {
  return log === '' ? '' : `${log.slice(0, log.lastIndexOf('/') + 1)}${name}`
}
