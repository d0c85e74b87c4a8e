import { chain, check } from '../../src/check.ts'
import { hostFact } from '../../src/probes/host.ts'
import { hostChecksums } from '../../src/probes/host-checksums.ts'
import { newestBackup } from '../support/newest-backup.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

chain(
  'MNT-04',
  'Every file of the newest backup is there and has the SHA-256 that its manifest states.',
  (target) => ({
    backups: hostFact(target, 'services', 'backups'),
    files: hostChecksums(target.host('services'), 'the files of the newest backup'),
  }),
  async ({ backups, files }, { observe, expect, unobserved, measure }) => {
    const { directory, manifest } = newestBackup(await observe(backups), { unobserved, expect })
    const found = await observe(files.with({ directory, paths: manifest.files.map(({ path }) => path) }))
    const problems = manifest.files.flatMap(({ path, sha256 }) => {
      if (found[path] === undefined) return [`${path} is missing`]
      return found[path] === sha256 ? [] : [`${path} is altered: ${found[path]} instead of ${sha256}`]
    })
    measure({
      name: 'maintenance.backup.damaged',
      unit: 'files',
      value: problems.length,
      limit: 0,
      sampleCount: manifest.files.length,
      series: [],
    })
    expect(manifest.files.length, 'files in the manifest').toBeGreaterThan(0)
    expect(problems, `damage in ${directory}`).toEqual([])
  },
)

check(
  'MNT-10',
  'The newest backup is at most 31 days old and whole: database, environment file, compose file and the image of every service.',
  (target) => hostFact(target, 'services', 'backups'),
  (facts, { target, expect, atMost, unobserved, measure, now }) => {
    const { manifest } = newestBackup(facts, { unobserved, expect })
    const most = atMost('maintenance.backup.age', 31, 'days')
    const days = (now.getTime() - new Date(manifest.takenAt).getTime()) / DAY_MS
    measure({ name: 'maintenance.backup.age', unit: 'days', value: days, limit: most, sampleCount: 1, series: [] })
    expect(days, 'age of the newest backup in days').toBeLessThanOrEqual(most)
    const { compose, paths, parts } = target.spec
    const originals = manifest.configuration.map(({ original }) => original)
    const wanted = [compose?.envFile ?? paths.envFile, ...(compose === undefined ? [] : [compose.file])]
    const images = target.services.filter(({ name, container }) => manifest.images[container ?? name] === undefined)
    const missing = [
      ...wanted.filter((path) => !originals.includes(path)),
      ...(parts.docker === 'none' ? [] : images.map(({ name }) => `image digest of ${name}`)),
      ...(target.spec.kafka !== undefined && manifest.kafka === undefined ? ['offsets of Kafka'] : []),
      ...(target.spec.redis !== undefined && manifest.redis === undefined ? ['snapshot of Redis'] : []),
    ]
    expect(manifest.database.tables.length, 'tables in the backup').toBeGreaterThan(0)
    expect(missing, 'what the newest backup leaves out').toEqual([])
  },
)

check(
  'MNT-20',
  'The newest backup was taken within the last 24 hours, so that the update can be taken back.',
  (target) => hostFact(target, 'services', 'backups'),
  (facts, { expect, atMost, unobserved, measure, now }) => {
    const { manifest } = newestBackup(facts, { unobserved, expect })
    const most = atMost('maintenance.update.backupAge', 24, 'hours')
    const hours = (now.getTime() - new Date(manifest.takenAt).getTime()) / HOUR_MS
    measure({ name: 'maintenance.update.backupAge', unit: 'hours', value: hours, limit: most, sampleCount: 1, series: [] })
    expect(hours, 'age of the newest backup in hours').toBeLessThanOrEqual(most)
  },
)
