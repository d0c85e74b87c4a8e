import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { registeredChecks } from '../src/check.ts'
import { boundRunbook } from '../src/cli/suites.ts'
import { openWorkspace } from '../src/cli/workspace.ts'
import type { Fault, Seen } from '../src/falsify/fault.ts'
import { healed } from '../src/falsify/fingerprint.ts'
import { lookWith } from '../src/falsify/look.ts'
import { KINDS, type Subject } from '../src/falsify/subject.ts'
import { addressesOf } from './detection/addresses.ts'
import { type Addresses, type Said, TOOLS, type Tool } from './detection/tool.ts'
import { isInstalled } from './support/installed.ts'
import { median } from './support/measure.ts'

/**
 * Puts every fault of the catalogue into a target, one after the other, and lets the source runbook's own scripts, the tools that
 * others test infrastructure with, and this suite look at the same: who notices it, by its exit code or at least in its output,
 * and who complains of a healthy target. `--every=N` takes each Nth fault only, `--target=ephemeral` the stack in containers.
 */

const { values } = parseArgs({
  options: { every: { type: 'string', default: '1' }, target: { type: 'string', default: 'embedded' } },
})
const every = Number(values.every)
if (!Number.isInteger(every) || every < 1) throw new RangeError(`--every: expected a whole number from 1, not "${values.every}"`)
if (values.target !== 'embedded' && values.target !== 'ephemeral')
  throw new RangeError(`--target: expected embedded or ephemeral, not "${values.target}"`)
const kind = KINDS[values.target]

const OURS = 'this suite'
/** Healthy looks by which a tool's false complaints are known. */
const HEALTHY_LOOKS = 3

interface Score {
  readonly tool: string
  readonly falsely: ReadonlySet<string>
  readonly healthyExits: readonly number[]
  byExit: number
  byOutput: number
  readonly ms: number[]
}

// A fault in the operator's description changes nothing that another tool could see; one that only just keeps a limit is none.
const noticeable = kind.faults.filter(
  ({ see, expect }) => see === undefined && expect.failed.length + expect.unobserved.length > 0,
)
const faults = noticeable.filter((_, index) => index % every === 0)
await boundRunbook()
const workspace = await openWorkspace()
const signal = AbortSignal.timeout(90 * 60_000)
try {
  const subject = await kind.open({ workspace, signal })
  try {
    await compare(subject)
  } finally {
    await subject.stop()
  }
} finally {
  await workspace.clear()
}

async function compare(subject: Subject): Promise<void> {
  const directory = path.join(workspace.directory, 'tools')
  await mkdir(directory)
  const addresses = await addressesOf(subject.seen, directory)
  const tools = installed()
  const ours = suite(subject.seen)
  const all: Score[] = []
  for (const tool of [...tools, ours]) all.push(await healthyScore(tool, addresses))
  const missed: string[] = []
  for (const [index, fault] of faults.entries()) {
    process.stderr.write(`\r${index + 1}/${faults.length} ${fault.id.padEnd(40)}`)
    const { undo } = await subject.put(fault.id)
    try {
      const said = await Promise.all(tools.map((tool) => tool.look(addresses)))
      // Load of ours would spoil what the others see, and theirs our figures.
      said.push(await suite(subject.seen, fault).look(addresses))
      const noticed = said.map((one, at) => all[at] !== undefined && count(all[at], one))
      if (noticed.at(-1) !== true) missed.push(fault.id)
    } finally {
      await undo()
    }
    const left = await healed(() => subject.fingerprint(), subject.baseline, subject.healingMs)
    if (left.length > 0) throw new Error(`${fault.id} was taken away and is still there: ${left.join('; ')}`)
  }
  process.stderr.write('\r'.padEnd(60).concat('\r'))
  print(all, missed)
}

function installed(): Tool[] {
  const there: Tool[] = []
  for (const tool of TOOLS) {
    if (isInstalled(tool.needs)) there.push(tool)
    else console.log(`left out: ${tool.name}, ${tool.needs} is not installed`)
  }
  return there
}

/** This suite as a tool: every line on a healthy target; under a fault those lines that the falsification watches it by. */
function suite({ spec, secrets }: Seen, fault?: Fault): Tool {
  const named = fault === undefined ? undefined : [...fault.expect.failed, ...fault.expect.unobserved]
  const checks = registeredChecks().filter(({ id }) => named?.includes(id) ?? true)
  return {
    name: OURS,
    needs: 'node',
    async look() {
      const start = performance.now()
      const seen = [...(await lookWith(checks, { spec, secrets }, { signal })).values()]
      const wrong = seen.filter(({ outcome }) => outcome === 'failed' || (fault !== undefined && outcome === 'unobserved'))
      return {
        exitCode: wrong.length === 0 ? 0 : 1,
        complaints: wrong.map(({ id, outcome }) => `${id} ${outcome}`),
        ms: performance.now() - start,
      }
    },
  }
}

async function healthyScore(tool: Tool, addresses: Addresses): Promise<Score> {
  const said: Said[] = []
  for (let look = 0; look < HEALTHY_LOOKS; look++) said.push(await tool.look(addresses))
  return {
    tool: tool.name,
    falsely: new Set(said.flatMap(({ complaints }) => complaints)),
    healthyExits: said.map(({ exitCode }) => exitCode),
    byExit: 0,
    byOutput: 0,
    ms: said.map(({ ms }) => ms),
  }
}

/** Counts what a tool said of a fault; an exit code or a complaint that it has for a healthy target too says nothing. */
function count(score: Score, { exitCode, complaints }: Said): boolean {
  const isByExit = exitCode !== 0 && !score.healthyExits.includes(exitCode)
  const isByOutput = isByExit || complaints.some((complaint) => !score.falsely.has(complaint))
  if (isByExit) score.byExit += 1
  if (isByOutput) score.byOutput += 1
  return isByOutput
}

function print(scores: readonly Score[], missed: readonly string[]): void {
  console.log(`${faults.length} faults, ${HEALTHY_LOOKS} looks at the healthy target\n`)
  console.log('| tool | noticed by exit code | noticed in output | wrong on a healthy target | ms a look |')
  console.log('| --- | ---: | ---: | --- | ---: |')
  for (const { tool, byExit, byOutput, falsely, ms } of scores) {
    const wrong = falsely.size === 0 ? 'nothing' : [...falsely].join('; ')
    console.log(`| ${tool} | ${share(byExit)} | ${share(byOutput)} | ${wrong} | ${Math.round(median(ms))} |`)
  }
  if (missed.length > 0) console.log(`\nnot noticed by this suite: ${missed.join(', ')}`)
}

function share(count: number): string {
  return `${count} (${Math.round((100 * count) / faults.length)} %)`
}
