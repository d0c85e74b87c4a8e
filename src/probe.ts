import type { Effect } from './effect.ts'

/** What a check may touch, declared before anything is touched. */
export interface Access {
  /** The part of the target, such as `hook-receiver` or `postgres`. */
  readonly system: string
  /** Where it is: `host:port`, a URL's origin, a host role. Probes of one address share their fate when it is unreachable. */
  readonly address: string
  /** What is done there, such as `GET /health` or `SELECT … FROM hook_events WHERE id = $1`. */
  readonly operation: string
  readonly effect: Effect
  /** The shell line that an operator would paste to see the same; it names secrets, it never holds one. */
  readonly reproduce: string
}

/** What a probe got: the parsed value, and what it literally received. */
export interface Reading<T> {
  readonly value: T
  /** The literal answer, for the evidence; redacted and capped by the observer, not by the probe. */
  readonly raw: string
  /** `simulated` where a stand-in answered. */
  readonly origin?: 'simulated'
}

/** What the run lends to a probe while it reads. */
export interface Session {
  readonly runId: string
  /** Aborts at the probe's deadline and when the run is interrupted. */
  readonly signal: AbortSignal
  /** The secret of that name in the target, such as `postgres.password`. @throws Unobserved where the target has none. */
  secret(name: string): string
  /** Another observation, taken once a run: what several probes are derived from. */
  share<T>(probe: Probe<T>): Promise<Reading<T>>
  /** Something opened once and kept for the run (a pool, a connection); `open` runs at most once per key, `close` when the run ends. */
  keep<T>(key: string, open: () => Promise<T>, close: (resource: T) => Promise<void> | void): Promise<T>
}

/** Reads one thing from a target without judging it. */
export interface Probe<T> {
  /** The probe's file in src/probes, such as `http`. */
  readonly kind: string
  readonly access: Access
  /** How long it may take, in milliseconds; past it the observation ends as unobserved. */
  readonly deadlineMs: number
  /** Tells apart two observations of one access (the parameters of a query, say). */
  readonly variant?: string
  /** True where the line promises that the address answers: a refusal is then a failure and not a blind spot. */
  readonly promised?: boolean
  /** True where it only picks from what another probe observed, and so connects to nothing itself. */
  readonly derived?: true
  /** @throws Unobserved or Unreachable where no answer came; anything else thrown is a defect of the probe. */
  read(session: Session): Promise<Reading<T>>
}

/** A probe whose access is known beforehand and whose parameters (an event id, say) only while the check runs. */
export interface ProbeTemplate<A, T> {
  readonly access: Access
  with(parameters: A): Probe<T>
}

/** The line promises that this address answers: refusal, reset or a hang there is a failure. */
export function promised<T>(probe: Probe<T>): Probe<T> {
  return { ...probe, promised: true }
}

/** What makes two probes the same observation. */
export function observationKey(probe: Probe<unknown>): string {
  const { system, address, operation, effect } = probe.access
  return JSON.stringify([probe.kind, system, address, operation, effect, probe.variant ?? ''])
}

/** A probe that picks part of what another one observed, so that one round trip serves many checks. */
export function derived<S, T>(
  source: Probe<S>,
  part: { readonly operation: string; readonly reproduce?: string; readonly pick: (value: S, raw: string) => Reading<T> },
): Probe<T> {
  return {
    kind: source.kind,
    derived: true,
    access: {
      ...source.access,
      operation: part.operation,
      reproduce: part.reproduce ?? source.access.reproduce,
    },
    deadlineMs: source.deadlineMs + 1_000,
    ...(source.promised === undefined ? {} : { promised: source.promised }),
    ...(source.variant === undefined ? {} : { variant: source.variant }),
    async read(session) {
      const reading = await session.share(source)
      const picked = part.pick(reading.value, reading.raw)
      return reading.origin === undefined ? picked : { origin: reading.origin, ...picked }
    },
  }
}
