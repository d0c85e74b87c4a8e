import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { plantPost, plantsFor } from '../../src/prove/read-only/plants.ts'
import { LOG_EVERYTHING, statementsOf } from '../../src/prove/read-only/statement-log.ts'
import { type Surrounded, surround } from '../../src/prove/read-only/surround.ts'
import { writeTargetFile } from '../../src/prove/read-only/target-file.ts'
import { objections } from '../../src/prove/read-only/verdict.ts'
import type { Report } from '../../src/report/model.ts'
import type { EmbeddedTarget } from '../../src/targets/embedded/index.ts'
import { runCli } from '../support/run-cli.ts'
import { openEmbedded } from '../targets/embedded/support.ts'

/** The embedded target as a live one, with a recorder before each of its addresses and a database that writes every statement down. */
let embedded: { readonly target: EmbeddedTarget; close(): Promise<void> }
let directory: string
let surrounded: Surrounded
let file: string

beforeAll(async () => {
  embedded = await openEmbedded()
  directory = await mkdtemp(path.join(os.tmpdir(), 'proof-'))
  const { control, spec, secrets } = embedded.target
  for (const statement of LOG_EVERYTHING) await control.sql(statement)
  surrounded = await surround(spec, directory)
  file = await writeTargetFile(surrounded.spec, secrets, directory)
}, 60_000)
afterAll(async () => {
  await surrounded?.[Symbol.asyncDispose]()
  await embedded?.close()
  await rm(directory, { recursive: true, force: true })
})

async function run(...argv: string[]): Promise<Report> {
  using started = runCli([`--target=${file}`, '--when=all', ...argv])
  const { text } = await started.ended
  return await started.report().catch((error: unknown) => {
    throw new Error(`no report: ${text}`, { cause: error })
  })
}

const log = async (): Promise<string> => readFile(embedded.target.control.postgres?.logFile ?? '', 'utf8')
const ofRuns = /^runbook\//

it('sends nothing but reading requests while every suite runs with nothing allowed but reading', async () => {
  const report = await run('--allow=read')
  expect(report.target.allows).toEqual(['read'])
  const evaluated = report.checks.filter(({ outcome }) => outcome === 'passed' || outcome === 'failed')
  expect(evaluated.length).toBeGreaterThan(150)
  // The environment file names the services' own ports, and it is the recorders' that the run finds them at.
  expect(evaluated.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id)).toEqual(['PRE-57'])
  expect(report.checks.some(({ reason }) => reason.includes('synthetic-write'))).toBe(true)
  expect(objections(surrounded.recorders)).toEqual([])
  expect(objections([{ system: 'the database’s own log', asked: statementsOf(await log(), ofRuns) }])).toEqual([])
}, 60_000)

it('is caught where it writes: a suite that may', async () => {
  await run('--allow=synthetic-write', '--suite=postdeploy')
  const found = objections(surrounded.recorders)
  expect(found).toContainEqual(expect.stringMatching(/: POST \/hooks/))
  expect(found.filter((one) => one.includes('nothing was asked'))).toEqual([])
}, 60_000)

it('is caught where a change is planted, on the wire and in the log', async () => {
  const { spec, secrets } = embedded.target
  const plants = plantsFor(spec, secrets)
  for (const recorder of surrounded.recorders.filter(({ system }) => system !== 'public')) {
    const before = recorder.asked.length
    await (plants[recorder.system] ?? plantPost)(recorder)
    const planted = recorder.asked.slice(before)
    expect(
      planted.some(({ isReading }) => !isReading),
      recorder.system,
    ).toBe(true)
  }
  await expect
    .poll(async () => objections([{ system: 'log', asked: statementsOf(await log(), /^(?:\[unknown\])?$/) }]))
    .toContainEqual(expect.stringMatching(/create temporary table planted/))
})
