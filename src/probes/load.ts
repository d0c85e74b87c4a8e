import { createHash } from 'node:crypto'
import type { Probe, Session } from '../probe.ts'
import { loadAuthority } from './authority.ts'
import { serverName } from './connection.ts'
import { deadline, GRACE_MS } from './deadline.ts'
import { addressOf, CONNECT_MS, knock } from './load-knock.ts'
import { LoadLedger, type Verdict } from './load-ledger.ts'
import { reproduceLoad } from './load-reproduce.ts'
import type { LoadRound } from './load-round.ts'
import { type MachineTime, watchMachine } from './machine-time.ts'
import { delayOf, type ObserverDelay, type Tick } from './observer-delay.ts'
import { type Latency, latencyOf, type Point, thinned } from './percentile.ts'
import { observerThread, type Thread } from './thread.ts'

/** A number of requests over some connections, as fast as answers come; or requests at a pace. */
export type LoadProfile =
  | { readonly connections: number; readonly amount: number }
  /** Requests a second, each over a connection of its own, all sent at the second's beginning. */
  | { readonly rate: number; readonly seconds: number }

export interface LoadOptions {
  readonly system: string
  readonly url: string | URL
  readonly path: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  /** Name of the secret that is sent as a bearer token. */
  readonly apiKey?: string
  /** The body of one request; sequence numbers are unique within the run's load. */
  readonly body?: (runId: string, sequence: number) => string
  /** What a 2xx answer means, and the id of what it accepted; every 2xx is good by default. */
  readonly judge?: (status: number, body: string) => Verdict
  readonly profile: LoadProfile
  /** The profile repeats until so many requests were accepted, or its time is over. */
  readonly minimumSamples?: number
  /** No more requests than this, whatever is still missing; ten times the profile by default. */
  readonly maximumRequests?: number
  /** Of one request, milliseconds; 5,000 by default and at least 1,000. */
  readonly timeoutMs?: number
  /** Of the whole load, milliseconds; 60,000 by default, so that a slow service is told by its latency and not by missing samples. */
  readonly deadlineMs?: number
  /** `host:port` to connect to, while name and certificate stay those of the URL. */
  readonly connectTo?: string
  /** PEM text or path of the CA to trust instead of the system's. */
  readonly ca?: string
  /** What is observed while the load is on, see underLoad. */
  readonly during?: readonly Probe<unknown>[]
}

/** What became of the load. */
export interface LoadResult {
  readonly sent: number
  readonly answered: number
  /** Accepted: 2xx, and the body agreed. */
  readonly accepted: number
  /** By class, such as `2xx`. */
  readonly statuses: Readonly<Record<string, number>>
  readonly failures: LoadLedger['failures']
  readonly examples: readonly string[]
  /** Of accepted requests, from sending (at a pace: from when it was due) to the whole answer, connecting included. */
  readonly latency: Latency | null
  readonly series: readonly Point[]
  /** Accepted requests a second. */
  readonly throughput: number
  /** Over how many connections at once. */
  readonly connections: number
  readonly durationMs: number
  /** Ids of what was accepted, in the order of the answers. */
  readonly ids: readonly string[]
  /** Of a paced profile: whether as many were sent as wanted. */
  readonly keptPace: boolean
  readonly observerDelay: ObserverDelay
  /** What this machine's processors could not give meanwhile. */
  readonly machine: MachineTime
  /** Whether the load was on for as long as `during` was observed. */
  readonly covered: boolean
}

const DEADLINE_MS = 60_000
const TIMEOUT_MS = 5_000
const MOST_CONNECTIONS = 200

/**
 * Puts load on one address with autocannon and books each single request. Bounded in requests, connections and time.
 * autocannon never verifies a certificate, so that one verified handshake goes before anything secret is sent.
 */
export function load(options: LoadOptions): Probe<LoadResult> {
  const url = new URL(options.path, options.url)
  const { amount, connections, paced } = volley(options.profile)
  const limit = options.deadlineMs ?? DEADLINE_MS
  const address = addressOf(url)
  const pace = paced ? `at ${connections}/s` : `over ${connections} connections`
  return {
    kind: 'load',
    access: {
      system: options.system,
      address,
      operation: `${options.method ?? 'GET'} ${url.pathname}, ${amount} requests ${pace}, up to ${mostOf(options, amount)}`,
      effect: 'load',
      reproduce: reproduceLoad(url, options, { amount, connections }),
    },
    deadlineMs: CONNECT_MS + limit + GRACE_MS + 5_000,
    variant: variantOf(options),
    read: (session) => run(session, url, options, limit),
  }
}

async function run(session: Session, url: URL, options: LoadOptions, limit: number) {
  const key = options.apiKey === undefined ? {} : { authorization: `Bearer ${session.secret(options.apiKey)}` }
  const ca = options.ca === undefined || url.protocol !== 'https:' ? undefined : await loadAuthority(options.ca)
  await knock(session, url, options.connectTo, ca)
  const round: Omit<LoadRound, 'bodies'> = {
    url: connected(url, options.connectTo),
    host: url.host,
    serverName: serverName(url.hostname).servername,
    ca,
    method: options.method ?? 'GET',
    headers: { ...options.headers, ...key, 'user-agent': `runbook/${session.runId}` },
    ...volley(options.profile),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
  }
  const thread = await observerThread(session, 'load')
  const machineUntilNow = await watchMachine()
  const startedAt = performance.now()
  const during = observed(session, options.during ?? [])
  const { ledger, ticks, rounds } = await repeat(session, thread, round, { options, limit, isWatched: () => !during.done })
  const covered = during.done
  const durationMs = performance.now() - startedAt
  session.signal.throwIfAborted()
  const value: LoadResult = {
    ...{ sent: ledger.sent, answered: ledger.answered, accepted: ledger.accepted.length },
    ...{ statuses: ledger.statuses, failures: ledger.failures, examples: ledger.examples, ids: ledger.ids },
    latency: latencyOf(ledger.accepted.map(([, ms]) => ms)),
    series: thinned(ledger.accepted),
    throughput: (ledger.accepted.length * 1_000) / durationMs,
    connections: round.connections,
    durationMs,
    keptPace: !round.paced || ledger.sent >= rounds * round.amount,
    observerDelay: delayOf(ticks),
    machine: await machineUntilNow(),
    covered,
  }
  return { value, raw: rawOf(value, rounds) }
}

interface Wanted {
  readonly options: LoadOptions
  readonly limit: number
  readonly isWatched: () => boolean
}

/** Repeats the volley until enough was accepted and nobody watches any more, within requests and time. */
async function repeat(session: Session, thread: Thread, round: Omit<LoadRound, 'bodies'>, { options, limit, isWatched }: Wanted) {
  using bound = deadline(session, limit)
  const ledger = new LoadLedger(options.judge ?? (() => ({ ok: true })))
  const ticks: Tick[] = []
  const startedAt = performance.now()
  for (let rounds = 1; ; rounds += 1) {
    const before = ledger.accepted.length
    const beganAt = performance.now() - startedAt
    const bodies = bodiesOf(options, session.runId, { from: (rounds - 1) * round.amount, amount: round.amount })
    const volley = await thread.run('load', { ...round, bodies }, bound.signal)
    ledger.add(volley.value, beganAt)
    ticks.push(...volley.ticks)
    const isStuck = ledger.accepted.length === before
    const isFull = ledger.sent + round.amount > mostOf(options, round.amount)
    const isEnough = ledger.accepted.length >= (options.minimumSamples ?? 0) && !isWatched()
    if (isStuck || isFull || isEnough || bound.signal.aborted) return { ledger, ticks, rounds }
  }
}

/** Starts what is observed during the load; how it ends is its own observation's to tell. */
function observed(session: Session, probes: readonly Probe<unknown>[]): { readonly done: boolean } {
  const state = { done: probes.length === 0 }
  void Promise.allSettled(probes.map((probe) => session.share(probe))).then(() => {
    state.done = true
  })
  return state
}

function volley(profile: LoadProfile): { readonly amount: number; readonly connections: number; readonly paced: boolean } {
  const paced = 'rate' in profile
  const amount = paced ? profile.rate * profile.seconds : profile.amount
  const connections = paced ? profile.rate : Math.min(profile.connections, profile.amount)
  if (connections > MOST_CONNECTIONS) throw new RangeError(`a load of ${connections} connections; at most ${MOST_CONNECTIONS}`)
  return { amount, connections, paced }
}

function mostOf({ maximumRequests, minimumSamples = 0 }: LoadOptions, amount: number): number {
  return Math.max(amount, maximumRequests ?? Math.max(amount * 10, minimumSamples * 2))
}

/** The bodies of one volley; none where the request has none. */
function bodiesOf(
  { body }: LoadOptions,
  runId: string,
  { from, amount }: { readonly from: number; readonly amount: number },
): string[] {
  return body === undefined ? [] : Array.from({ length: amount }, (_, index) => body(runId, from + index))
}

function connected(url: URL, connectTo: string | undefined): string {
  return connectTo === undefined ? url.href : `${url.protocol}//${connectTo}${url.pathname}${url.search}`
}

function variantOf({ url, path, headers, connectTo, minimumSamples, during, body, apiKey }: LoadOptions): string {
  const watched = (during ?? []).map((probe) => [probe.kind, probe.access.operation, probe.variant])
  const parts = [String(url), path, headers, connectTo, minimumSamples, apiKey, body?.('run', 0), watched]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16)
}

function rawOf({ series: _series, ids, ...rest }: LoadResult, rounds: number): string {
  return JSON.stringify({ rounds, ...rest, ids: ids.length }, undefined, 1)
}
