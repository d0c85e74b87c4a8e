import { quoted } from '../database.ts'
import type { Bodies } from '../outline.ts'
import { DEPLOY } from '../outlines.ts'
import { assemble, ONLY_LOOKS } from './assemble.ts'
import { backupFunctions, backupValues } from './backup-script.ts'
import { headerOf } from './header.ts'
import { printing } from './shell.ts'
import type { ChosenRelease, Site } from './site.ts'
import { everyService, siteFiles, siteValues } from './values.ts'

const BODIES: Bodies<typeof DEPLOY, string, string> = {
  backup: { run: 'take_backup' },
  images: { run: 'fetch_images' },
  infrastructure: { run: 'start_infrastructure', verify: 'infrastructure_ailing' },
  'topics and schema': { run: 'migrate' },
  services: { run: 'start_product', verify: 'product_ailing' },
  monitoring: { run: 'start_monitoring', verify: 'monitoring_ailing' },
  gateway: { run: 'start_gateway', verify: 'gateway_ailing' },
  verify: { run: ONLY_LOOKS, verify: 'release_not_running' },
}

/** A script that deploys that release on exactly this host. @throws Error where the release has no image of a service */
export function deployScript(site: Site, release: ChosenRelease): string {
  const { groups, kafka } = site
  const { references } = release
  const images = everyService(site).map((service) => {
    const reference = references[service]
    if (reference === undefined) throw new Error(`release ${release.name} has no image of ${service}; its manifest is incomplete`)
    return { service, reference, digest: reference.slice(reference.indexOf('@') + 1) }
  })
  const once = site.migrations === undefined ? [] : [{ service: site.migrations, reference: references[site.migrations] ?? '' }]
  // Whoever starts the project next reads the compose file: it must name what runs.
  const edits = [...images, ...once.filter(({ reference }) => reference !== '')].flatMap(({ service, reference }) => {
    const place = site.imageLines[service]
    return place === undefined || place.text === reference ? [] : [{ service, reference, ...place }]
  })
  const title = `Deploy of ${release.name} on ${site.host.name} (${site.target})`
  return assemble(DEPLOY, BODIES, {
    header: headerOf(site, title, [
      '',
      `Release: ${release.name}, schema version ${release.schemaVersion ?? 'not told'}.`,
      ...images.map(({ service, reference }) => `  ${service}: ${reference}`),
      `Approval: ${site.approval}.`,
    ]),
    values: {
      ...siteValues(site, DEPLOY.name),
      TITLE: title,
      AGAIN: DEPLOY.again,
      RESUMES: 'yes',
      LOG: site.paths.deployLog,
      INPUTS: [`release=${release.name}`, ...images.map(({ service, reference }) => `image of ${service}=${reference}`)],
      LOGGED_INPUTS: JSON.stringify({
        release: release.name,
        images: Object.fromEntries(images.map(({ service, digest }) => [service, digest])),
      }),
      IMAGE_SERVICES: images.map(({ service }) => service),
      IMAGE_DIGESTS: images.map(({ digest }) => digest),
      IMAGE_REFERENCES: images.map(({ reference }) => reference),
      EDITED_SERVICES: edits.map(({ service }) => service),
      EDITED_LINES: edits.map(({ line }) => String(line)),
      EDITED_FROM: edits.map(({ text }) => text),
      EDITED_TO: edits.map(({ reference }) => reference),
      INFRASTRUCTURE: groups.infrastructure,
      PRODUCT: groups.services,
      MONITORING: groups.monitoring,
      GATEWAY: groups.gateway,
      TOPICS: kafka?.topics ?? [],
      REPLICATION_FACTOR: String(kafka?.replicationFactor ?? 1),
      MIGRATIONS_SERVICE: site.migrations ?? '',
      MIGRATIONS_IMAGE: once[0]?.reference ?? '',
      SCHEMA_VERSION: release.schemaVersion ?? '',
      ...backupValues(site),
    },
    files: [...siteFiles(site), 'compose', 'backup', 'deploy'],
    functions: [
      ...backupFunctions(),
      printing('migrated_sql', 'A statement that prints the newest migration which the database lists.', [newestMigration(site)]),
    ],
  })
}

function newestMigration({ migrationList: { table, column } }: Site): string {
  return `SELECT max(${quoted(column)})::text FROM ${quoted(table)};`
}
