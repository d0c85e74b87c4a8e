import path from 'node:path'
import { openTarget } from '../../cli/target.ts'
import { openWorkspace, type Workspace } from '../../cli/workspace.ts'
import { asAccount } from '../../targets/disposable/database.ts'
import { connectEngine } from '../../targets/ephemeral/engine.ts'
import { ADMINISTRATOR } from '../../targets/ephemeral/index.ts'
import { loadTarget } from '../../targets/load.ts'
import type { Started } from '../../targets/started.ts'
import { runOnce } from '../run-once.ts'
import { plantPost, plantsFor } from './plants.ts'
import { LOG_EVERYTHING, statementsOf } from './statement-log.ts'
import { type Surrounded, surround } from './surround.ts'
import { writeTargetFile } from './target-file.ts'
import { objections, recordsText, type Written } from './verdict.ts'

export interface ProofOptions {
  /** Where the report of the run is kept. */
  readonly directory: string
  readonly signal: AbortSignal
  readonly print: (text: string) => void
}

const OF_A_RUN = /^runbook\//
const NAMELESS = /^(?:\[unknown\])?$/
/** Fewer would mean that the run saw nothing of the target, and its silence proves nothing. */
const LEAST_EVALUATED = 150

/**
 * Runs every suite with nothing allowed but reading against the whole stack in containers, described as a live target, with a
 * recorder before every address and a database that writes down each statement; then plants a change in each to see it caught.
 * Returns 0 where only reading was seen and every plant was caught, otherwise 1.
 * @throws Error where the stack does not start
 */
export async function proveReadOnly({ directory, signal, print }: ProofOptions): Promise<0 | 1> {
  const workspace = await openWorkspace()
  try {
    print('starting the stack, every address behind a recorder …')
    await using stack = await startStack(workspace, signal)
    await asAdministrator(stack.started, LOG_EVERYTHING)
    await using surrounded = await surround(stack.started.spec, workspace.directory)
    const file = await writeTargetFile(surrounded.spec, stack.started.secrets, workspace.directory)
    const argv = [`--target=${file}`, '--when=all', '--allow=read']
    const { report, reason } = await runOnce({ number: 1, directory, argv, signal })
    if (report === undefined) throw new Error(`the run left no report: ${reason}; see ${path.join(directory, 'output.txt')}`)
    const { passed, failed } = report.counts
    print(
      `every suite with --allow=read: ${passed} passed, ${failed} failed, ${report.counts.unobserved} unobserved (what they find is not judged here)\n`,
    )
    const records = await recordsOf(stack.started, surrounded)
    print(recordsText(records))
    const few = passed + failed < LEAST_EVALUATED ? [`only ${passed + failed} lines were evaluated`] : []
    const uncaught = await plant(stack.started, surrounded)
    const against = [...few, ...objections(records), ...uncaught]
    print(
      against.length === 0
        ? '\nproven: nothing but reading was asked of any system, and the change planted in each was caught'
        : `\nnot proven:\n${against.map((one) => `  ${one}`).join('\n')}`,
    )
    return against.length === 0 ? 0 : 1
  } finally {
    await workspace.clear()
  }
}

async function startStack(workspace: Workspace, signal: AbortSignal): Promise<{ readonly started: Started } & AsyncDisposable> {
  const options = { spec: loadTarget('ephemeral'), secrets: {}, workspace, signal, keep: false, onProgress: () => undefined }
  const opened = await openTarget(options)
  if (opened.started === undefined) throw new Error(opened.cause.text)
  const { started } = opened
  return { started, [Symbol.asyncDispose]: () => started.stop() }
}

async function asAdministrator({ spec, secrets }: Started, statements: readonly string[]): Promise<void> {
  if (spec.postgres === undefined) return
  const account = { user: ADMINISTRATOR, password: secrets['postgres.adminPassword'] ?? '', database: spec.postgres.database }
  await asAccount(spec.postgres, account, async (client) => {
    for (const statement of statements) await client.query(statement)
  })
}

const LOG = 'the database’s own log'

async function recordsOf(started: Started, { recorders }: Surrounded): Promise<Written[]> {
  const asked = statementsOf(await databaseLog(started), OF_A_RUN)
  // The plants that follow must not be in it.
  const copies = recorders.map(({ system, asked, connections }) => ({ system, asked: [...asked], connections }))
  return [...copies, { system: LOG, asked }]
}

async function databaseLog({ spec }: Started): Promise<string> {
  const { docker } = await connectEngine()
  const container = docker.getContainer(`${spec.compose?.project}-postgres-1`)
  const framed = await container.logs({ stdout: true, stderr: true, follow: false })
  return unframed(framed)
}

/** The engine puts a head of 8 bytes before each piece of either stream. */
function unframed(bytes: Buffer): string {
  const pieces: Buffer[] = []
  for (let place = 0; place + 8 <= bytes.length; ) {
    const end = place + 8 + bytes.readUInt32BE(place + 4)
    pieces.push(bytes.subarray(place + 8, end))
    place = end
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** Plants a change in each system; what nobody caught is told. */
async function plant(started: Started, { recorders }: Surrounded): Promise<string[]> {
  const plants = plantsFor(started.spec, started.secrets)
  const uncaught: string[] = []
  for (const recorder of recorders.filter(({ system }) => system !== 'public')) {
    const before = recorder.asked.length
    await (plants[recorder.system] ?? plantPost)(recorder)
    const caught = recorder.asked.slice(before).some(({ isReading }) => !isReading)
    if (!caught) uncaught.push(`${recorder.system}: the planted change was not caught`)
  }
  const logged = statementsOf(await databaseLog(started), NAMELESS)
  if (!logged.some(({ isReading }) => !isReading)) uncaught.push(`${LOG}: the planted change was not caught`)
  return uncaught
}
