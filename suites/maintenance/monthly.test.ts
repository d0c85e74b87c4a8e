import { z } from 'zod'
import { check } from '../../src/check.ts'
import { daysLeft } from '../../src/probes/certificate.ts'
import { hostFact } from '../../src/probes/host.ts'
import { runningEngine } from '../../src/probes/host-engine.ts'
import { sql } from '../../src/probes/postgres.ts'
import { exposedEngine } from '../support/engine-exposure.ts'
import { installedAuthority, leaves } from '../support/installed-certificates.ts'

/** Beyond ten years a forecast is none; a report cannot hold infinity either. */
const FARTHEST_DAYS = 3_650

check(
  'MNT-11',
  'The container engine of the services host listens on no TCP port without client certificates and trusts no registry without TLS.',
  (target) => ({ engine: runningEngine(target, 'services'), listeners: hostFact(target, 'services', 'listeners') }),
  ({ engine, listeners }, { expect }) => {
    expect(exposedEngine(engine.daemonJson.text, listeners.listeners), 'ways into the engine').toEqual([])
  },
)

const growth = z.object({ bytes: z.coerce.number(), rows: z.coerce.number(), recent: z.coerce.number() })

check(
  'MNT-13',
  'At the growth of the last 7 days the disk that holds the database lasts at least 30 days more.',
  (target) => ({
    disks: hostFact(target, 'database', 'disks'),
    growth: sql(target.part('postgres'), {
      operation: 'SELECT the size of the database and how many events are from the last 7 days',
      text: `SELECT pg_database_size(current_database()) AS bytes, count(*) AS rows,
        count(*) FILTER (WHERE created_at > now() - interval '7 days') AS recent FROM hook_events`,
      row: growth,
      deadlineMs: 30_000,
    }),
  }),
  ({ disks, growth: [row] }, { target, expect, atLeast, measure }) => {
    const least = atLeast('maintenance.capacity.days', 30, 'days')
    const disk = disks.paths.find(({ path }) => path === `${target.spec.paths.application}/data`) ?? disks.paths[0]
    expect(row, 'size and rows of the database').toBeDefined()
    expect(disk, 'the disk that holds the database').toBeDefined()
    const perDay = row === undefined || row.rows === 0 ? 0 : (row.bytes * row.recent) / row.rows / 7
    const days = perDay === 0 ? FARTHEST_DAYS : Math.min(FARTHEST_DAYS, (disk?.free ?? 0) / perDay)
    measure({
      name: 'maintenance.capacity.days',
      unit: 'days',
      value: days,
      limit: least,
      sampleCount: row?.recent ?? 0,
      series: [],
    })
    expect(days, `days until ${disk?.mount} is full, at ${Math.round(perDay)} bytes a day`).toBeGreaterThanOrEqual(least)
  },
)

check(
  'MNT-14',
  'Every disk that holds data on the services host has at least a fifth of its space and of its inodes free.',
  (target) => hostFact(target, 'services', 'disks'),
  ({ paths }, { expect, atLeast }) => {
    const least = atLeast('maintenance.capacity.free', 20, '%')
    const problems = paths.flatMap(({ path, size, free, inodes, inodesFree }) => [
      ...((free * 100) / size >= least ? [] : [`${path}: ${Math.round((free * 100) / size)} % of the space is free`]),
      ...(inodes === null || ((inodesFree ?? 0) * 100) / inodes >= least
        ? []
        : [`${path}: ${Math.round(((inodesFree ?? 0) * 100) / inodes)} % of the inodes are free`]),
    ])
    expect(paths.length, 'disks').toBeGreaterThan(0)
    expect(problems, 'disks that fill up').toEqual([])
  },
)

check(
  'MNT-17',
  'Every service certificate on the services host has at least 45 days left and the CA at least 90, so that none can expire between two monthly rounds.',
  (target) => hostFact(target, 'services', 'certificates'),
  (facts, { target, expect, unobserved, atLeast, measure, now }) => {
    const least = atLeast('maintenance.certificates.daysLeft', 45, 'days')
    const leastOfCa = atLeast('maintenance.ca.daysLeft', 90, 'days')
    const services = leaves(facts, { target, expect, unobserved }).map(({ file, leaf }) => ({
      file,
      days: daysLeft(leaf, now),
      least,
    }))
    const { certificates, problems } = installedAuthority(facts, target)
    const authority = certificates.map((ca) => ({ file: target.spec.paths.ca, days: daysLeft(ca, now), least: leastOfCa }))
    const all = [...services, ...authority]
    const nearest = Math.min(...all.map(({ days }) => days))
    measure({
      name: 'maintenance.certificates.daysLeft',
      unit: 'days',
      value: nearest,
      limit: least,
      sampleCount: all.length,
      series: [],
    })
    expect(problems, `problems of ${target.spec.paths.ca}`).toEqual([])
    const early = all.filter((one) => one.days < one.least).map(({ file, days }) => `${file}: ${Math.floor(days)} days left`)
    expect(early, 'certificates that expire too soon').toEqual([])
  },
)
