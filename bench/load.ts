import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { Observer } from '../src/observe.ts'
import { load } from '../src/probes/load.ts'
import { isInstalled } from './support/installed.ts'
import { median } from './support/measure.ts'

/**
 * Measures our load probe beside ab and wrk, on a server in a process of its own that answers at once: what the generator
 * itself costs. Ratios only: the absolute numbers are the machine's.
 */

const RUNS = Number(process.argv[2] ?? 5)
const REQUESTS = 5_000
const CONNECTIONS = 10

interface Figures {
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
}

async function ours(url: string): Promise<Figures> {
  const observer = new Observer({ runId: 'bench', allows: ['load'], secrets: {}, onAccess: () => undefined })
  const profile = { amount: REQUESTS, connections: CONNECTIONS }
  const { reading, error } = await observer.fresh(load({ system: 'bench', url, path: '/', profile }), AbortSignal.timeout(60_000))
  await observer.close()
  if (reading?.value.latency == null) throw error ?? new Error('nothing was accepted')
  return { perSecond: reading.value.throughput, p50: reading.value.latency.p50 }
}

/** ApacheBench with kept connections, as our probe keeps them. */
async function ab(url: string): Promise<Figures> {
  const text = execFileSync('ab', ['-k', '-q', '-n', String(REQUESTS), '-c', String(CONNECTIONS), `${url}/`], {
    encoding: 'utf8',
  })
  return { perSecond: figure(text, /Requests per second:\s+([\d.]+)/), p50: figure(text, /^\s*50%\s+([\d.]+)/m) }
}

async function wrk(url: string): Promise<Figures> {
  const text = execFileSync('wrk', ['-t', '1', '-c', String(CONNECTIONS), '-d', '2s', '--latency', `${url}/`], {
    encoding: 'utf8',
  })
  const [, value, unit] = /50%\s+([\d.]+)(us|ms)/.exec(text) ?? []
  return { perSecond: figure(text, /Requests\/sec:\s+([\d.]+)/), p50: Number(value) / (unit === 'us' ? 1_000 : 1) }
}

function figure(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`no ${pattern} in:\n${text}`)
  return Number(found)
}

const server = fork(new URL('./support/quick-server.ts', import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
try {
  const [port] = (await once(server, 'message')) as [number]
  const url = `http://127.0.0.1:${port}`
  const peers = Object.entries({ ab, wrk }).filter(([name]) => {
    const is = isInstalled(name)
    if (!is) console.log(`${name} is not installed, so it is left out (Debian: apache2-utils, wrk)`)
    return is
  })
  const subjects = [['ours', ours] as const, ...peers]
  const results = new Map<string, Figures[]>()
  await ours(url)
  // In turn, so that a machine that slows down slows all of them.
  for (let run = 0; run < RUNS; run += 1)
    for (const [name, measure] of subjects) results.set(name, [...(results.get(name) ?? []), await measure(url)])

  const rows = [...results].map(([name, figures]) => ({
    name,
    perSecond: median(figures.map(({ perSecond }) => perSecond)),
    p50: median(figures.map(({ p50 }) => p50)),
  }))
  const own = rows[0]
  console.log(
    `| ${REQUESTS} requests over ${CONNECTIONS} connections, median of ${RUNS} | requests/s | ours in comparison | p50 ms |`,
  )
  console.log('|---|---:|---:|---:|')
  for (const { name, perSecond, p50 } of rows)
    console.log(`| ${name} | ${perSecond.toFixed(0)} | ${((own?.perSecond ?? 0) / perSecond).toFixed(2)} × | ${p50.toFixed(2)} |`)
} finally {
  server.kill()
}
