import path from 'node:path'
import { farHost } from './hosts/host.ts'
import { type Measured, measure, median } from './support/measure.ts'

/**
 * Measures the preflight of twenty hosts in one run beside that of one, each 50 ms away: one sshd under twenty names, that answers
 * with a recording, so that it is this side which is measured and not twenty collectors on one machine.
 */

const RUNS = Number(process.argv[2] ?? 3)
const HOSTS = 20
const ONE_WAY_MS = 25
const MOST_TIMES = 3
const MOST_MORE_MEMORY_MB = 600

const names = Array.from({ length: HOSTS }, (_, index) => `host-${index + 1}`)

async function main(): Promise<void> {
  await using host = await farHost(names, ONE_WAY_MS, { isRecorded: true })
  const files = await Promise.all(names.map((name) => host.targetFile(name, name)))
  const of = (targets: readonly string[]): Promise<Measured> =>
    measure(process.execPath, [
      ...['--max-semi-space-size=4', 'src/cli/main.ts', `--target=${targets.join(',')}`, '--suite=preflight', '--quiet'],
      `--out=${path.join(host.directory, 'reports')}`,
    ])
  const one: Measured[] = []
  const all: Measured[] = []
  for (let run = 0; run < RUNS; run += 1) {
    one.push(await of(files.slice(0, 1)))
    all.push(await of(files))
  }
  const seconds = (runs: readonly Measured[]): number => median(runs.map((run) => run.seconds))
  const memory = (runs: readonly Measured[]): number => median(runs.map((run) => run.peakMegabytes))
  const processor = (runs: readonly Measured[]): number => median(runs.map((run) => run.processorSeconds))
  const row = (name: string, runs: readonly Measured[]): string =>
    `| ${name} (exit ${[...new Set(runs.map(({ exitCode }) => exitCode))].join(', ')}) | ${seconds(runs).toFixed(2)} | ${processor(runs).toFixed(2)} | ${memory(runs).toFixed(0)} MB |`
  console.log(
    `| preflight, median of ${RUNS} | seconds | of the processors | peak memory of all processes |\n|---|---:|---:|---:|`,
  )
  console.log(`${row('one host', one)}\n${row(`${HOSTS} hosts`, all)}`)
  const more = memory(all) - memory(one)
  console.log(
    `| beside one another | ${(seconds(all) / seconds(one)).toFixed(2)} × (at most ${MOST_TIMES}) | ${(processor(all) / processor(one)).toFixed(2)} × | ${more.toFixed(0)} MB more (at most ${MOST_MORE_MEMORY_MB}) |`,
  )
}

await main()
