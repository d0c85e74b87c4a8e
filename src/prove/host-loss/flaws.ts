import { MANIFEST_FILE, type Manifest } from '../../procedures/manifest.ts'
import { obstacleToRecovery, type StoredBackup } from '../../procedures/recovery.ts'
import type { HostContainer } from '../../targets/host-container/index.ts'
import type { Row } from '../rows.ts'

/** A backup that no host can be made of, as somebody could have taken or kept it, and what must be said of it. */
interface Flaw {
  readonly name: string
  readonly says: RegExp
  /** Run in the backup's directory. */
  readonly spoil: string
  readonly told: (manifest: Manifest) => Manifest
}

function flawsOf(envFile: string): Flaw[] {
  const isEnv = ({ path }: { readonly path: string }): boolean => path.endsWith(envFile)
  return [
    {
      name: 'without the environment file',
      says: /does not hold \S+, without which nothing can be started; choose an older backup/,
      spoil: 'rm "$1/config$2"',
      told: (manifest) => ({
        ...manifest,
        files: manifest.files.filter((file) => !isEnv(file)),
        configuration: manifest.configuration.filter(({ original }) => original !== envFile),
      }),
    },
    {
      name: 'without the topics of Kafka',
      says: /does not tell which topics there were; choose an older backup/,
      spoil: 'rm -r "$1/kafka"',
      told: ({ kafka: _, ...manifest }) => ({
        ...manifest,
        files: manifest.files.filter(({ path }) => !path.startsWith('kafka/')),
      }),
    },
    {
      name: 'without the events of Kafka',
      says: /holds no event, only how far the topics had come/,
      spoil: 'rm -r "$1/kafka"',
      told: ({ kafka, ...manifest }) => ({
        ...manifest,
        ...(kafka && { kafka: { topics: kafka.topics } }),
        files: manifest.files.filter(({ path }) => !path.startsWith('kafka/')),
      }),
    },
    {
      name: 'with a dump that is cut short',
      says: /database\.dump is truncated: it has \d+ of \d+ bytes/,
      spoil: 'truncate --size=-100 "$1/database.dump"',
      told: (manifest) => manifest,
    },
  ]
}

/** Offers each flawed copy of the backup to a recovery: it must refuse, with the reason, before anything is written. */
export async function refusals(host: HostContainer, stored: StoredBackup): Promise<Row[]> {
  const { envFile } = stored.whole
  const rows: Row[] = []
  for (const { name, says, spoil, told } of flawsOf(envFile)) {
    const backup = `${stored.backup}-flawed`
    await host.run(['sh', '-ec', `rm -rf "$1"; cp -a "$3" "$1"; ${spoil}`, 'sh', backup, envFile, stored.backup])
    const manifest = told(stored.manifest)
    await host.put(`${backup}/${MANIFEST_FILE}`, JSON.stringify(manifest))
    const said = (await obstacleToRecovery({ ...stored, backup, manifest })) ?? 'nothing stood in the way'
    await host.run(['rm', '-rf', backup])
    rows.push({ what: `a backup ${name} is refused before anything is written`, holds: says.test(said), detail: said })
  }
  return rows
}
