import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { stringify } from 'yaml'
import { BAD_RELEASE } from '../../../fixtures/ephemeral-host/bad-release.ts'
import { openTarget } from '../../cli/target.ts'
import { openWorkspace } from '../../cli/workspace.ts'
import { openShell } from '../../host/open.ts'
import { quote } from '../../host/questions.ts'
import { ROLLBACK } from '../../procedures/outlines.ts'
import { readReport } from '../../report/read.ts'
import { loadTarget } from '../../targets/load.ts'
import type { TargetSpec } from '../../targets/schema.ts'
import type { Started } from '../../targets/started.ts'
import { keepEnded, type Looked, lastLine, lookedAt, printedScript } from '../command.ts'
import { writeTargetFile } from '../read-only/target-file.ts'
import { concluded, type Row, verdict } from '../rows.ts'
import { asLive } from './as-live.ts'
import { type Machine, machine } from './machine.ts'
import { addMigrations, MIGRATIONS, migrationsImage } from './migrations.ts'

export interface ProofOptions {
  /** Where scripts, reports and what each run printed are kept. */
  readonly directory: string
  readonly signal: AbortSignal
  readonly print: (text: string) => void
}

const TARGET = 'ephemeral-host'
const ROLE = 'services'
const LANDED = /within step 5 of 8 \(services\)/
/** A service that is never healthy is given up sooner than on a real host. */
const DEADLINE_S = 45

/**
 * Proves the printed scripts on a host with an engine of its own: release A is backed up by the printed backup, release B is brought
 * by the printed deploy and lands half, and the printed rollback, killed in and after each of its steps and run again, brings A's
 * images, rows and configuration back, on which the postdeploy suite is green. Returns 0 where all of it held.
 */
export async function proveRollbackScript({ directory, signal, print }: ProofOptions): Promise<number> {
  await mkdir(directory, { recursive: true })
  const workspace = await openWorkspace()
  try {
    const spec = loadTarget(TARGET)
    const opened = await openTarget({ spec, secrets: {}, workspace, signal, keep: false, onProgress: print })
    if (opened.started === undefined) throw new Error(opened.cause.text)
    const { started } = opened
    try {
      const rows = await prove({ spec, started, directory, workspace: workspace.directory, signal, print })
      return concluded(rows, print)
    } finally {
      await started.stop()
    }
  } finally {
    await workspace.clear()
  }
}

interface Proof {
  /** As its file has it: inner addresses as the host sees them. */
  readonly spec: TargetSpec
  readonly started: Started
  readonly directory: string
  readonly workspace: string
  readonly signal: AbortSignal
  readonly print: (text: string) => void
}

async function prove(proof: Proof): Promise<Row[]> {
  const { spec, started, directory, workspace, signal, print } = proof
  const host = started.spec.hosts[ROLE]
  if (host === undefined) throw new Error(`${TARGET} has no host ${ROLE}`)
  const file = await writeTargetFile(asLive(spec, started.spec, MIGRATIONS), started.secrets, workspace)
  const shell = await openShell(host)
  try {
    const there = machine(shell, spec, signal)
    const place = { file, directory, signal }
    const printed = (procedure: string, ...argv: string[]): Promise<string> => printedScript(place, procedure, ...argv)
    await addMigrations(there, spec)
    const rows: Row[] = []
    const row = (what: string, holds: boolean, detail = ''): void => {
      rows.push({ what, holds, detail })
      print(`${verdict(holds)}: ${what} ${detail}`)
    }
    const looked = (name: string, ...argv: string[]): Promise<Looked> => lookedAt(place, name, ...argv)
    const begins = await looked('postdeploy-before', '--suite=postdeploy')
    row('the postdeploy suite is green on release A', begins.code === 0, lastLine(begins.stdout))
    const before = await stateOf(there, spec)
    const backup = await there.script(await printed('backup'))
    await keepEnded(directory, 'backup', backup)
    row('the printed backup takes a backup of release A', backup.exitCode === 0, backup.stderr.trim())
    await writeFile(
      path.join(directory, 'release-a.yaml'),
      stringify({ services: own(before.images, spec), ...BAD_RELEASE.before }),
    )
    const old = await looked('deploy-before', '--suite=deploy', `--release=${path.join(directory, 'release-a.yaml')}`)
    row('the deploy suite is green on release A', old.code === 0, lastLine(old.stdout))
    await deployBad({ there, printed, row, directory, spec })
    const landed = await stateOf(there, spec)
    row('release B has landed half, and spoilt rows, schema and configuration', isHalf(before, landed, spec), words(landed))
    const how = await looked(
      'landed',
      `--release=${path.join(directory, 'release.yaml')}`,
      '--suite=deploy',
      `--baseline=${old.report}`,
    )
    const said = /^The deploy .*$/m.exec(how.stdout)?.[0] ?? 'it says nothing of it'
    row('the comparison with the release says how far its deploy got', LANDED.test(said), said)
    const { comparison } = await readReport(how.report)
    row(...broke(comparison?.newFailures ?? []))
    const drift = how.stdout.split('\n').flatMap((line) => /≠ (.*): changed since/.exec(line)?.[1] ?? [])
    const changed = [
      ...Object.keys(BAD_RELEASE.services).map((service) => `compose of ${service}`),
      `file ${spec.compose?.envFile}`,
    ]
    row(
      'the comparison names what of the configuration has changed',
      changed.every((what) => drift.includes(what)),
      drift.join(', '),
    )
    await rollBack({ there, printed, row, directory, backup: /the backup is (\S+)/.exec(backup.stdout)?.[1] ?? 'newest' })
    const after = await stateOf(there, spec)
    row(
      'the printed rollback brings A’s images, rows, schema and configuration back',
      words(after) === words(before),
      words(after),
    )
    const ends = await looked('postdeploy-after', '--suite=postdeploy', `--baseline=${begins.report}`)
    row('the postdeploy suite is green on what was rolled back', ends.code === 0, lastLine(ends.stdout))
    return rows
  } finally {
    await shell.close()
  }
}

interface Deploying {
  readonly there: Machine
  readonly printed: (procedure: string, ...argv: string[]) => Promise<string>
  readonly row: (what: string, holds: boolean, detail?: string) => void
  readonly directory: string
  readonly spec: TargetSpec
}

/** Release B: images of its own on the host, migrated and deployed by the printed script, which its sick service stops. */
async function deployBad({ there, printed, row, directory, spec }: Deploying): Promise<void> {
  const images = await there.running()
  // What the release leaves as it is stands in it as well.
  const services = own(images, spec)
  for (const [service, environment] of Object.entries(BAD_RELEASE.services)) {
    const changes = Object.entries({ ...environment }).map(
      ([name, value]) => `--change ${quote(`ENV ${name} ${JSON.stringify(value)}`)}`,
    )
    const make = `id=$(docker create ${images[service]}); docker commit ${changes.join(' ')} "$id" localhost/released/${service}:b; docker rm "$id" >/dev/null`
    services[service] = (await there.sh(make)).trim()
  }
  services[MIGRATIONS] = await migrationsImage(there, images.postgres ?? '', BAD_RELEASE.migration)
  const release = path.join(directory, 'release.yaml')
  await writeFile(release, stringify({ services, ...BAD_RELEASE.schema }))
  const script = (await printed('deploy', `--release=${release}`)).replace(/DEADLINE='\d+'/, `DEADLINE='${DEADLINE_S}'`)
  const deploy = await there.script(script)
  await keepEnded(directory, 'deploy', deploy)
  await there.sh(`printf '%s\\n' ${quote(BAD_RELEASE.variable)} >>${quote(spec.compose?.envFile ?? '')}`)
  row(
    'the printed deploy of release B stops at the service that is never healthy',
    deploy.exitCode === 1 && /stopped at step 5 of 8, "services" \(check\)/.test(deploy.stderr),
    firstLine(deploy.stderr),
  )
}

/** The rollback, killed in and after each of its steps, and run again each time. */
async function rollBack({
  there,
  printed,
  row,
  directory,
  backup,
}: Omit<Deploying, 'spec'> & { readonly backup: string }): Promise<void> {
  const script = await printed('rollback', `--backup=${backup}`)
  for (const { name } of ROLLBACK.steps) {
    for (const [when, words] of [
      ['in', `: ${name} …`],
      ['after', `: ${name}: done`],
    ] as const) {
      const killed = await there.script(script, words)
      await keepEnded(directory, `rollback killed ${when} ${name}`, killed)
      // Behind the last step there is little left to be killed.
      const isKilled = killed.exitCode === 137 || (killed.exitCode === 0 && name === ROLLBACK.steps.at(-1)?.name)
      const isRefusal = killed.exitCode === 3
      row(
        `killed ${when} "${name}", the rollback can be run again`,
        isKilled || isRefusal,
        isKilled ? '' : `exit code ${killed.exitCode} ${firstLine(killed.stderr)}`,
      )
    }
  }
  const began = performance.now()
  const ran = await there.script(script)
  await keepEnded(directory, 'rollback', ran)
  row(
    'run once more, the rollback comes to its end',
    ran.exitCode === 0,
    `${((performance.now() - began) / 1_000).toFixed(1)} s ${ran.stderr.trim()}`,
  )
}

/** What the comparison says that release B broke: exactly that. */
function broke(newFailures: readonly { readonly id: string }[]): [string, boolean, string] {
  const found = newFailures.map(({ id }) => id).toSorted()
  return [
    'the comparison with before names exactly what release B broke',
    found.join() === [...BAD_RELEASE.breaks].toSorted().join(),
    `new failures: ${found.join(', ') || 'none'}`,
  ]
}

interface State {
  readonly images: Readonly<Record<string, string>>
  readonly rows: string
  readonly files: string
}

async function stateOf(there: Machine, { compose }: TargetSpec): Promise<State> {
  const files = [compose?.file ?? '', compose?.envFile ?? '']
  return {
    images: await there.running(),
    rows: (await there.sql(BAD_RELEASE.fingerprint)).trim(),
    files: (await there.sh(`cat ${files.map(quote).join(' ')} | sha256sum`)).slice(0, 16),
  }
}

/** The images of the product's own services. */
function own(images: State['images'], { services }: TargetSpec): Record<string, string> {
  return Object.fromEntries(Object.entries(images).filter(([service]) => services[service] !== undefined))
}

function isHalf(before: State, landed: State, { services }: TargetSpec): boolean {
  const own = Object.keys(services)
  const changed = own.filter((service) => before.images[service] !== landed.images[service])
  return changed.length > 0 && changed.length < own.length && before.rows !== landed.rows && before.files !== landed.files
}

function words({ images, rows, files }: State): string {
  return `${Object.entries(images)
    .map(([service, image]) => `${service} ${image.slice(7, 15)}`)
    .join(', ')}; rows ${rows}; files ${files}`
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}
