import { z } from 'zod'
import { NotApplicable, Unobserved } from './outcome.ts'
import { type Access, derived, type Probe } from './probe.ts'
import { composeContainers } from './probes/docker.ts'
import { dockerDiskUsage, dockerEvents } from './probes/docker-diagnostics.ts'
import { containerExec } from './probes/docker-exec.ts'
import { containerLogs } from './probes/docker-logs.ts'
import { containerUsage } from './probes/docker-stats.ts'
import { hostFact } from './probes/host.ts'
import { sql } from './probes/postgres.ts'
import { instantQuery } from './probes/prometheus.ts'
import { joinHostPort } from './probes/reproduce.ts'
import { presentedTls } from './probes/tls.ts'
import type { Endpoint, Target } from './targets/target.ts'

/** One thing that is looked up because something failed; its value is the text for a file of diagnostics. */
export interface Diagnostic {
  /** The part that it is about: `host`, `postgres`, a service's name. */
  readonly area: string
  readonly title: string
  readonly probe: Probe<string>
}

/** Longest text of one diagnostic, in characters. */
const MOST_TEXT = 200_000
const LOG_LINES = 500
const EVENT_MINUTES = 120

/** What a database is asked for when it is the suspect: settings of its resources, then who waits for what. */
const SETTINGS = `SELECT name, setting, unit, pending_restart FROM pg_settings WHERE name IN ('port', 'max_connections', 'shared_buffers', 'work_mem',
  'statement_timeout', 'log_destination', 'max_wal_size', 'synchronous_commit') ORDER BY name`
const ACTIVITY = `SELECT state, wait_event_type, wait_event, count(*)::int AS sessions, max(now() - state_change)::text AS longest
  FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1, 2, 3 ORDER BY sessions DESC`

/**
 * What is worth knowing where checks with these accesses failed: reading probes only, each with its own deadline. What the
 * target lacks is left out. Texts may hold production logs: they belong into files of their own, never into the report's page.
 */
export function diagnosticsFor(target: Target, accesses: readonly Access[]): Diagnostic[] {
  const systems = new Set(accesses.map(({ system }) => system))
  const services = target.runningServices.filter(({ name }) => systems.has(name)).map(({ name }) => name)
  const endpoints = target.runningEndpoints.filter(({ name, service }) => systems.has(name) || services.includes(service))
  return [
    ...hostDiagnostics(target),
    ...(systems.has('postgres') ? postgresDiagnostics(target) : []),
    ...services.flatMap((name) => serviceDiagnostics(target, name)),
    ...endpoints.flatMap((endpoint) => endpointDiagnostics(target, endpoint)),
    ...(services.length > 0 || systems.has('docker') || systems.has('host') ? engineDiagnostics(target) : []),
    ...(services.length > 0 || systems.has('prometheus') ? monitoringDiagnostics(target) : []),
  ]
}

function hostDiagnostics(target: Target): Diagnostic[] {
  const fact = (title: string, section: 'load' | 'machine' | 'disks' | 'deployLog') =>
    diagnostic(
      'host',
      title,
      () => hostFact(target, 'services', section),
      (value, raw) => raw || JSON.stringify(value),
    )
  return [
    ...fact('busiest processes and load', 'load'),
    ...fact('memory and processors', 'machine'),
    ...fact('disks', 'disks'),
    ...fact('end of the deployment log', 'deployLog'),
  ]
}

function postgresDiagnostics(target: Target): Diagnostic[] {
  const row = z.record(z.string(), z.unknown())
  const ask = (title: string, text: string) =>
    diagnostic('postgres', title, () => sql(target.part('postgres'), { operation: `SELECT ${title}`, text, row }))
  return [
    ...ask('settings', SETTINGS),
    ...ask('sessions and what they wait for', ACTIVITY),
    ...logs(target, 'postgres', 'postgres'),
  ]
}

function serviceDiagnostics(target: Target, name: string): Diagnostic[] {
  return logs(target, name, target.service(name).container ?? name)
}

function logs(target: Target, area: string, service: string): Diagnostic[] {
  const options = () => ({ project: target.part('compose').project, services: [service], tail: LOG_LINES })
  return diagnostic(
    area,
    `log of ${service}`,
    () => containerLogs(target.part('docker'), options()),
    (value) => value.flatMap(({ lines }) => lines.map(({ at, text }) => `${new Date(at).toISOString()} ${text}`)).join('\n'),
  )
}

function endpointDiagnostics(target: Target, { name, url }: Endpoint): Diagnostic[] {
  if (url.protocol !== 'https:') return []
  const port = Number(url.port || 443)
  const override = target.spec.dns.overrides[url.hostname]
  const { ca } = target.spec.tls
  const reaching = {
    ...(override === undefined ? {} : { connectTo: joinHostPort(override, port) }),
    ...(ca === undefined ? {} : { ca }),
  }
  return diagnostic(name, `certificate of ${url.hostname}`, () =>
    presentedTls({ system: name, name: url.hostname, port, ...reaching }),
  )
}

function engineDiagnostics(target: Target): Diagnostic[] {
  const docker = () => target.part('docker')
  const project = () => target.part('compose').project
  return [
    ...diagnostic('docker', 'state of the containers', () => composeContainers(docker(), { project: project() })),
    ...diagnostic('docker', 'what the containers use', () => containerUsage(docker(), project())),
    ...diagnostic('docker', 'what takes the engine’s disk', () => dockerDiskUsage(docker())),
    ...diagnostic(
      'docker',
      'events',
      () => dockerEvents(docker(), { minutes: EVENT_MINUTES }),
      (value) => value,
    ),
    ...diagnostic('docker', 'configuration of nginx', () =>
      containerExec(docker(), { project: project(), service: 'nginx', command: 'nginx -t' }),
    ),
  ]
}

function monitoringDiagnostics(target: Target): Diagnostic[] {
  const expression = `sum(rate(${target.spec.monitoring.acceptedCounter}[5m]))`
  return diagnostic('prometheus', 'request rate', () => instantQuery(target.part('prometheus').url, expression))
}

/** One diagnostic, or none where the target lacks what it needs. */
function diagnostic<T>(
  area: string,
  title: string,
  declare: () => Probe<T>,
  text: (value: T, raw: string) => string = (_, raw) => raw,
): Diagnostic[] {
  try {
    const source = declare()
    const { operation } = source.access
    const pick = (value: T, raw: string) => ({ value: text(value, raw).slice(0, MOST_TEXT), raw: '' })
    return [{ area, title, probe: derived(source, { operation, pick }) }]
  } catch (error) {
    if (error instanceof NotApplicable || error instanceof Unobserved) return []
    throw error
  }
}
