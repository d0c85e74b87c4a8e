import { check } from '../../src/check.ts'
import { hostFact } from '../../src/probes/host.ts'
import type { Target } from '../../src/targets/target.ts'
import { stepStarted } from '../support/deploy-log.ts'
import { expectedSchema, expectedTables } from '../support/expected-schema.ts'
import { deployLogEnd, loggedDeploy } from '../support/last-deploy.ts'
import { newestManifest } from '../support/newest-manifest.ts'
import { isDigest } from '../support/release.ts'
import { someBackups } from '../support/stored-backups.ts'

const MINUTE_MS = 60_000

function backups(target: Target) {
  return hostFact(target, 'services', 'backups')
}

check(
  'DEP-10',
  'A backup was taken for the last deploy: begun at most 60 minutes before the deploy started, and before its second step.',
  (target) => ({ stored: backups(target), log: deployLogEnd(target) }),
  ({ stored, log }, judging) => {
    const { expect, atMost } = judging
    const minutes = atMost('backup.beforeDeployMinutes', 60, 'minutes')
    const deploy = loggedDeploy(log, judging)
    const earliest = deploy.startedAt.getTime() - minutes * MINUTE_MS
    const latest = (stepStarted(deploy, 2) ?? deploy.startedAt).getTime()
    const found = someBackups(stored, expect)
    const inTime = found.filter(({ at }) => at.getTime() >= earliest && at.getTime() <= latest)
    expect(
      inTime.length,
      `backups begun between ${new Date(earliest).toISOString()} and ${new Date(latest).toISOString()}; the newest is ${found[0]?.path ?? 'none'}`,
    ).toBeGreaterThan(0)
  },
)

check(
  'DEP-11',
  'The newest backup is complete: its manifest counts the rows of every table of the product and holds the checksum of every file.',
  backups,
  (stored, { target, expect }) => {
    const { database, files } = newestManifest(stored, expect)
    const counted = new Set(database.tables.map(({ name }) => name.replace(/^public\./, '')))
    const missing = expectedTables(target).filter((table) => !counted.has(table))
    const empty = files.filter(({ bytes }) => bytes === 0).map(({ path }) => path)
    expect(missing, 'tables that the newest backup lacks').toEqual([])
    expect(empty, 'files of the newest backup that are empty').toEqual([])
  },
)

check('DEP-12', 'The newest backup holds the environment file and the compose file.', backups, (stored, { target, expect }) => {
  const { configuration } = newestManifest(stored, expect)
  const saved = configuration.map(({ original }) => original)
  const { file, envFile } = target.part('compose')
  const missing = [envFile, file].filter((wanted) => !saved.includes(wanted))
  expect(missing, 'configuration that a rollback would miss').toEqual([])
})

check(
  'DEP-13',
  'The newest backup records the image digest of every service, so that a rollback can start the same images again.',
  (target) => {
    // Without a container engine there are no images whose digests could be recorded.
    target.requirePart('docker')
    return backups(target)
  },
  (stored, { target, expect }) => {
    const { images } = newestManifest(stored, expect)
    const missing = target.services.filter(({ name, container }) => !isDigest(images[name] ?? images[container ?? name] ?? ''))
    expect(target.services.length, 'services of the target').toBeGreaterThan(0)
    expect(
      missing.map(({ name }) => name),
      'services without a recorded digest',
    ).toEqual([])
  },
)

check(
  'DEP-14',
  'The newest backup is of the database that runs: same name, same major version of PostgreSQL.',
  backups,
  (stored, { target, expect }) => {
    const { database } = newestManifest(stored, expect)
    const { postgres } = expectedSchema(target)
    expect(
      { name: database.name, major: Math.floor(database.serverVersion / 10_000) },
      'database and major version that the newest backup is of',
    ).toEqual({ name: target.part('postgres').database, major: postgres })
  },
)
