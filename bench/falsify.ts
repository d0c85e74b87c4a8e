import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { EMBEDDED_FAULTS } from '../fixtures/faults/index.ts'
import { type Measured, measure } from './support/measure.ts'

/**
 * Measures whether the cost of a falsification grows with the number of its faults and no faster: parts of the catalogue, evenly
 * spread over it, in turn. What a falsification costs before its first fault (targets started, healthy ones looked at) is the same
 * for all, so that it is the cost of each further fault that counts.
 */

/** Percent of the catalogue. */
const SHARES = [25, 50, 100]
/** The last half of the catalogue may cost so many times the first: noise included, far from a cost that grows with the square. */
const MOST_TIMES = 1.25
/** `--every=N` takes every n-th fault for the whole. */
const [, EVERY = '1'] = /^--every=([1-9]\d*)$/.exec(process.argv[2] ?? '') ?? []

const catalogue = EMBEDDED_FAULTS.map(({ id }) => id).filter((_, index) => index % Number(EVERY) === 0)

interface Part extends Measured {
  readonly faults: number
}

/** Every n-th fault, so that each part holds as many of the slow ones as any other. */
function partOf(share: number): string[] {
  return catalogue.filter((_, index) => Math.floor((index * share) / 100) !== Math.floor(((index - 1) * share) / 100))
}

async function falsified(share: number, out: string): Promise<Part> {
  const faults = partOf(share)
  const argv = ['src/falsify/main.ts', '--quiet', `--out=${out}`, `--fault=${faults.join(',')}`]
  const measured = await measure(process.execPath, argv)
  if (measured.exitCode !== 0)
    console.error(`${faults.length} faults: exit code ${measured.exitCode}, so something does not hold`)
  return { ...measured, faults: faults.length }
}

/** Seconds of processor time that one more fault costs, from one part to a larger one. */
function eachMore(smaller: Part | undefined, larger: Part | undefined): number {
  if (smaller === undefined || larger === undefined) throw new Error('two parts are compared')
  return (larger.processorSeconds - smaller.processorSeconds) / (larger.faults - smaller.faults)
}

const out = await mkdtemp(path.join(os.tmpdir(), 'bench-falsify-'))
try {
  const parts: Part[] = []
  for (const share of SHARES) parts.push(await falsified(share, out))
  console.log('| faults | seconds | processor seconds | MB at most |\n|---:|---:|---:|---:|')
  for (const { faults, seconds, processorSeconds, peakMegabytes } of parts)
    console.log(`| ${faults} | ${seconds.toFixed(1)} | ${processorSeconds.toFixed(1)} | ${peakMegabytes.toFixed(0)} |`)
  const [quarter, half, whole] = parts
  const times = eachMore(half, whole) / eachMore(quarter, half)
  console.log(
    `\nprocessor seconds for each further fault: ${eachMore(quarter, half).toFixed(2)} from the first part to the second, ${eachMore(half, whole).toFixed(2)} from there to the whole: ${times.toFixed(2)} times as much (at most ${MOST_TIMES})`,
  )
} finally {
  await rm(out, { recursive: true, force: true })
}
