import { spawn } from 'node:child_process'
import { once } from 'node:events'
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
import { writeTargetFile } from '../read-only/target-file.ts'
import { type Machine, machine } from './machine.ts'

export interface ProofOptions {
  /** Where scripts, reports and what each run printed are kept. */
  readonly directory: string
  readonly signal: AbortSignal
  readonly print: (text: string) => void
}

const TARGET = 'ephemeral-host'
const ROLE = 'services'
/** A service that is never healthy is given up sooner than on a real host. */
const DEADLINE_S = 45

interface Row {
  readonly what: string
  readonly holds: boolean
  readonly detail: string
}

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
      print('')
      for (const { what, holds, detail } of rows)
        print(`${holds ? 'holds' : 'DOES NOT HOLD'}  ${what}${detail === '' ? '' : `: ${detail}`}`)
      return rows.every(({ holds }) => holds) ? 0 : 1
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
  const file = await writeTargetFile(asLive(spec, started.spec), started.secrets, workspace)
  const shell = await openShell(host)
  try {
    const there = machine(shell, spec, signal)
    const printed = async (procedure: string, ...argv: string[]): Promise<string> => {
      const { code, stdout, stderr } = await command(
        ['src/cli/procedure.ts', procedure, '--print', `--target=${file}`, ...argv],
        signal,
      )
      if (code !== 0) throw new Error(`npm run ${procedure} -- --print ended with ${code}: ${stderr}`)
      await writeFile(path.join(directory, `${procedure}.sh`), stdout)
      return stdout
    }
    const rows: Row[] = []
    const row = (what: string, holds: boolean, detail = ''): void => {
      rows.push({ what, holds, detail })
      print(`${holds ? 'holds' : 'DOES NOT HOLD'}: ${what} ${detail}`)
    }
    /** Ids of the lines that fail. */
    const postdeploy = async (when: string): Promise<string[]> => {
      const out = path.join(directory, `postdeploy-${when}`)
      const argv = ['src/cli/main.ts', `--target=${file}`, '--suite=postdeploy', '--when=all', `--out=${out}`]
      const { stdout } = await command(argv, signal)
      await writeFile(path.join(directory, `postdeploy-${when}.txt`), stdout)
      const { checks } = await readReport(path.join(out, 'latest', 'report.json'))
      return checks.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)
    }
    const begins = await postdeploy('before')
    const before = await stateOf(there, spec)
    const backup = await there.script(await printed('backup'))
    await keep(directory, 'backup', backup)
    row('the printed backup takes a backup of release A', backup.exitCode === 0, backup.stderr.trim())
    await deployBad({ there, printed, row, directory, spec })
    const landed = await stateOf(there, spec)
    row('release B has landed half, and spoilt rows, schema and configuration', isHalf(before, landed, spec), words(landed))
    const how = await command(
      [
        'src/cli/main.ts',
        `--target=${file}`,
        `--release=${path.join(directory, 'release.yaml')}`,
        '--suite=deploy',
        '--when=all',
        `--out=${path.join(directory, 'reports')}`,
      ],
      signal,
    )
    await writeFile(path.join(directory, 'landed.txt'), how.stdout)
    const said = /^The deploy .*$/m.exec(how.stdout)?.[0] ?? 'it says nothing of it'
    row('the comparison with the release says how far its deploy got', /within step 5 of 8 \(services\)/.test(said), said)
    await rollBack({ there, printed, row, directory, backup: /the backup is (\S+)/.exec(backup.stdout)?.[1] ?? 'newest' })
    const after = await stateOf(there, spec)
    row(
      'the printed rollback brings A’s images, rows, schema and configuration back',
      words(after) === words(before),
      words(after),
    )
    const ends = await postdeploy('after')
    const worse = ends.filter((id) => !begins.includes(id))
    row(
      'the postdeploy suite finds nothing on what was rolled back that it did not find on release A',
      worse.length === 0,
      `before: ${begins.join(', ') || 'nothing'}; after: ${ends.join(', ') || 'nothing'}`,
    )
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

/** Release B: images of its own on the host, deployed by the printed script, which its sick service stops; then its migration runs. */
async function deployBad({ there, printed, row, directory, spec }: Deploying): Promise<void> {
  const images = await there.running()
  const services: Record<string, string> = {}
  for (const [service, environment] of Object.entries(BAD_RELEASE.services)) {
    const changes = Object.entries({ ...environment }).map(
      ([name, value]) => `--change ${quote(`ENV ${name} ${JSON.stringify(value)}`)}`,
    )
    const make = `id=$(docker create ${images[service]}); docker commit ${changes.join(' ')} "$id" localhost/released/${service}:b; docker rm "$id" >/dev/null`
    services[service] = (await there.sh(make)).trim()
  }
  const release = path.join(directory, 'release.yaml')
  await writeFile(release, stringify({ services }))
  const script = (await printed('deploy', `--release=${release}`)).replace(/DEADLINE='\d+'/, `DEADLINE='${DEADLINE_S}'`)
  const deploy = await there.script(script)
  await keep(directory, 'deploy', deploy)
  // What the release itself does once it runs: its first service migrates as it starts.
  await there.sql(BAD_RELEASE.migration)
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
      await keep(directory, `rollback killed ${when} ${name}`, killed)
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
  await keep(directory, 'rollback', ran)
  row(
    'run once more, the rollback comes to its end',
    ran.exitCode === 0,
    `${((performance.now() - began) / 1_000).toFixed(1)} s ${ran.stderr.trim()}`,
  )
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

async function keep(
  directory: string,
  name: string,
  { exitCode, stdout, stderr }: Awaited<ReturnType<Machine['script']>>,
): Promise<void> {
  await writeFile(path.join(directory, `${name.replaceAll(' ', '-')}.txt`), `${stdout}${stderr}exit code ${exitCode}\n`)
}

/** The target as a live one's file has it: what the run has found out of its host, and inner addresses as the host itself sees them. */
function asLive(spec: TargetSpec, found: TargetSpec): TargetSpec {
  const { forwarded: _, hosts, ...rest } = found
  const { services, postgres, redis, kafka, prometheus, alertmanager, grafana, docker } = spec
  return {
    ...rest,
    forwarded: {},
    hosts: Object.fromEntries(Object.entries(hosts).map(([role, { connection: _connection, ...host }]) => [role, host])),
    services: Object.fromEntries(
      Object.entries(found.services).map(([name, service]) => [name, { ...service, url: services[name]?.url ?? service.url }]),
    ),
    postgres,
    redis,
    kafka,
    prometheus,
    alertmanager,
    grafana,
    docker,
  }
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function command(argv: readonly string[], signal: AbortSignal): Promise<Ended> {
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], signal })
  const printed = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      printed[stream] += text
    })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...printed }
}
