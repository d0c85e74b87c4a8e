import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { collect } from '../src/host/collect.ts'
import { openShell } from '../src/host/open.ts'
import { factsOf, gossfile } from './hosts/facts.ts'
import { type FarHost, farHost } from './hosts/host.ts'
import { type Measured, measure, median } from './support/measure.ts'

/**
 * Measures the preflight of a host that is 50 ms away, from the command to the written report, beside the same facts asked for by
 * pytest-testinfra over ssh, and by goss, which is copied there and run. PYTEST and GOSS name their commands; what is not there is
 * left out by name. The delay is a wire of the benchmark's own, so that neither root nor netem is needed.
 */

const RUNS = Number(process.argv[2] ?? 3)
const ROUND_TRIP_MS = 50
const LEAST_TIMES_FASTER = 8
const MOST_TIMES_GOSS = 1.5
const MOST_ROUND_TRIPS = 12

interface Subject {
  readonly name: string
  readonly command: string
  readonly argv: readonly string[]
}

async function main(): Promise<void> {
  await using host = await farHost(['web'], ROUND_TRIP_MS / 2)
  const subjects = await subjectsOf(host)
  const results = new Map<string, Measured[]>()
  const alone: { readonly seconds: number; readonly trips: number }[] = []
  for (let run = 0; run < RUNS; run += 1) {
    alone.push(await factsAlone(host))
    for (const { name, command, argv } of subjects)
      results.set(name, [...(results.get(name) ?? []), await measure(command, argv)])
  }
  print(results)
  const [{ trips = 0 } = {}] = alone
  console.log(`| the facts alone, connecting included | ${median(alone.map(({ seconds }) => seconds)).toFixed(2)} | | | |`)
  console.log(`| the same, once connected | ${trips} round trips | | | at most ${MOST_ROUND_TRIPS} |`)
}

async function subjectsOf(host: FarHost): Promise<Subject[]> {
  const facts = factsOf(host.spec)
  const factsFile = path.join(host.directory, 'facts.json')
  writeFileSync(factsFile, JSON.stringify(facts))
  const out = path.join(host.directory, 'reports')
  const target = await host.targetFile('far', 'web')
  const ours = ['src/cli/main.ts', `--target=${target}`, '--suite=preflight', `--out=${out}`, '--quiet']
  return [
    { name: 'npm test -- --suite=preflight', command: process.execPath, argv: ours },
    ...testinfra(host, factsFile),
    ...goss(host, gossfile(facts)),
  ]
}

function testinfra({ sshConfig, directory }: FarHost, facts: string): Subject[] {
  const pytest = process.env.PYTEST ?? 'pytest'
  if (spawnSync(pytest, ['--help'], { encoding: 'utf8' }).stdout?.includes('--ssh-config') !== true) {
    console.log('pytest-testinfra is left out: it is not installed (PYTEST names its pytest)')
    return []
  }
  const control = `-o ControlMaster=auto -o ControlPersist=5s -o ControlPath=${directory}/t-%C`
  const argv = [
    ...['-q', '-p', 'no:cacheprovider', '--hosts=ssh://web', `--ssh-config=${sshConfig}`, `--ssh-extra-args=${control}`],
    path.join(import.meta.dirname, 'hosts/test_host.py'),
  ]
  return [{ name: 'pytest-testinfra over ssh', command: 'env', argv: [`FACTS=${facts}`, pytest, ...argv] }]
}

function goss({ sshConfig, directory }: FarHost, file: string): Subject[] {
  const binary = process.env.GOSS ?? 'goss'
  if (spawnSync(binary, ['--help']).status !== 0) {
    console.log('goss is left out: it is not installed (GOSS names its binary)')
    return []
  }
  writeFileSync(path.join(directory, 'goss.json'), file)
  const options = `-F '${sshConfig}' -o ControlMaster=auto -o ControlPersist=5s -o 'ControlPath=${directory}/g-%C'`
  const there = `${directory}/there`
  const line = [
    `binary=$(command -v '${binary}')`,
    `tar -C '${directory}' -c goss.json -C "$(dirname "$binary")" "$(basename "$binary")" | ssh ${options} web 'mkdir -p ${there} && tar -C ${there} -x'`,
    `ssh ${options} web '${there}/'"$(basename "$binary")"' -g ${there}/goss.json validate --format json; rm -r ${there}'`,
  ].join('\n')
  return [{ name: 'goss, copied there and run', command: 'sh', argv: ['-c', line] }]
}

function print(results: ReadonlyMap<string, readonly Measured[]>): void {
  const seconds = new Map([...results].map(([name, runs]) => [name, median(runs.map((run) => run.seconds))]))
  const [[, ours = 0] = []] = seconds
  console.log(
    `| a host ${ROUND_TRIP_MS} ms away, median of ${RUNS} | seconds | beside ours | of the processors here | limit |\n|---|---:|---:|---:|---|`,
  )
  for (const [name, value] of seconds) {
    const limit = name.includes('testinfra')
      ? `at least ${LEAST_TIMES_FASTER} ×`
      : name.includes('goss')
        ? `ours at most ${MOST_TIMES_GOSS} × it`
        : ''
    const processor = median((results.get(name) ?? []).map((run) => run.processorSeconds))
    const codes = [...new Set(results.get(name)?.map(({ exitCode }) => exitCode))].join(', ')
    console.log(
      `| ${name} (exit ${codes}) | ${value.toFixed(2)} | ${(value / ours).toFixed(2)} × | ${processor.toFixed(2)} | ${limit} |`,
    )
  }
}

/** Connects and asks for all facts, without the command line around it; how often this side spoke after the other, once connected. */
async function factsAlone({ wire, sshConfig, spec }: FarHost): Promise<{ readonly seconds: number; readonly trips: number }> {
  const host = { shell: 'ssh', address: 'web', root: '', simulated: false, sudo: false, sshConfig } as const
  const start = performance.now()
  const shell = await openShell(host)
  try {
    const before = wire.turns()
    await collect(shell, host, spec, AbortSignal.timeout(60_000))
    return { seconds: (performance.now() - start) / 1_000, trips: wire.turns() - before }
  } finally {
    await shell.close()
  }
}

await main()
