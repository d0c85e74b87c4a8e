import { check, type Judging } from '../../src/check.ts'
import type { Facts } from '../../src/host/facts.ts'
import { hostFact } from '../../src/probes/host.ts'
import { judgeFindings } from '../support/findings.ts'
import { beside, machineOf, ofEachMachine, type Role } from '../support/machines.ts'
import { inGB, needOf } from '../support/needs.ts'

function cores(role: Role, machine: Facts<'machine'>, { target, expect, atLeast }: Judging): void {
  const least = atLeast(`machine.${role}.cores`, needOf(machineOf(target, role)).cores, 'cores')
  const { onlineCores, quotaCores } = machine
  expect(machine.cores, `cores (${onlineCores} online, cgroup quota ${quotaCores ?? 'none'})`).toBeGreaterThanOrEqual(least)
}

function memory(role: Role, machine: Facts<'machine'>, { target, expect, atLeast }: Judging): void {
  const least = atLeast(`machine.${role}.memory`, needOf(machineOf(target, role)).memoryGB, 'GB')
  const limit = machine.memoryLimit === null ? 'none' : `${inGB(machine.memoryLimit)} GB`
  expect(
    inGB(machine.memory),
    `GB of memory (${inGB(machine.memoryTotal)} GB installed, cgroup limit ${limit})`,
  ).toBeGreaterThanOrEqual(least)
}

function disk(role: Role, disks: Facts<'disks'>, { target, expect, atLeast }: Judging): void {
  const least = atLeast(`machine.${role}.disk`, needOf(machineOf(target, role)).diskGB, 'GB')
  // The backups lie on a disk of their own, which holds nothing for the role.
  const data = disks.paths.filter(({ path }) => path !== target.spec.paths.backups)
  const fileSystems = new Map(data.map(({ device, mount, size }) => [`${device} on ${mount}`, size]))
  const total = [...fileSystems.values()].reduce((sum, size) => sum + size, 0)
  expect(inGB(total), `GB on ${[...fileSystems.keys()].join(', ') || 'no file system'}`).toBeGreaterThanOrEqual(least)
}

check(
  'PRE-01',
  'The services host has at least 8 processor cores that it may really use, and those of every further role it plays.',
  (target) => hostFact(target, 'services', 'machine'),
  (answer, judging) => cores('services', answer, judging),
)

check(
  'PRE-02',
  'The database host has at least 4 processor cores that it may really use, and those of every further role it plays.',
  (target) => hostFact(target, 'database', 'machine'),
  (answer, judging) => cores('database', answer, judging),
)

check(
  'PRE-03',
  'The broker host has at least 2 processor cores that it may really use, and those of every further role it plays.',
  (target) => hostFact(target, 'broker', 'machine'),
  (answer, judging) => cores('broker', answer, judging),
)

check(
  'PRE-04',
  'The services host has at least 16 GB of memory that it may really use, and that of every further role it plays.',
  (target) => hostFact(target, 'services', 'machine'),
  (answer, judging) => memory('services', answer, judging),
)

check(
  'PRE-05',
  'The database host has at least 8 GB of memory that it may really use, and that of every further role it plays.',
  (target) => hostFact(target, 'database', 'machine'),
  (answer, judging) => memory('database', answer, judging),
)

check(
  'PRE-06',
  'The broker host has at least 4 GB of memory that it may really use, and that of every further role it plays.',
  (target) => hostFact(target, 'broker', 'machine'),
  (answer, judging) => memory('broker', answer, judging),
)

check(
  'PRE-07',
  'The file systems that hold the data of the services host have at least 100 GB, and those of every further role it plays.',
  (target) => hostFact(target, 'services', 'disks'),
  (answer, judging) => disk('services', answer, judging),
)

check(
  'PRE-08',
  'The file systems that hold the data of the database host have at least 50 GB, and those of every further role it plays.',
  (target) => hostFact(target, 'database', 'disks'),
  (answer, judging) => disk('database', answer, judging),
)

check(
  'PRE-09',
  'The file systems that hold the data of the broker host have at least 20 GB, and those of every further role it plays.',
  (target) => hostFact(target, 'broker', 'disks'),
  (answer, judging) => disk('broker', answer, judging),
)

check(
  'PRE-10',
  'At least 20 % of every file system that holds data is free, on every host.',
  (target) => ofEachMachine(target, 'disks'),
  (answers, judging) => {
    const least = judging.atLeast('disk.free', 20, '%')
    const findings = beside(judging.target, answers).flatMap(({ machine, facts }) =>
      facts.paths.map(({ path, mount, free, size }) => {
        const percent = size === 0 ? 0 : (free * 100) / size
        return percent >= least
          ? null
          : { wrong: `${machine.name}: ${percent.toFixed(1)} % of ${mount || '?'} is free (${path})` }
      }),
    )
    judgeFindings(findings, `at least ${least} % free`, judging)
  },
)

check(
  'PRE-11',
  'At least 10 % of the inodes of every file system that holds data are free, on every host.',
  (target) => ofEachMachine(target, 'disks'),
  (answers, judging) => {
    const least = judging.atLeast('disk.inodesFree', 10, '%')
    const findings = beside(judging.target, answers).flatMap(({ machine, facts }) =>
      facts.paths.map(({ path, mount, inodes, inodesFree }) => {
        // A file system without a fixed number of inodes cannot run out of them.
        if (inodes === null) return null
        const percent = ((inodesFree ?? 0) * 100) / inodes
        return percent >= least
          ? null
          : { wrong: `${machine.name}: ${percent.toFixed(1)} % of the inodes of ${mount} are free (${path})` }
      }),
    )
    judgeFindings(findings, `at least ${least} % of the inodes free`, judging)
  },
)

check(
  'PRE-12',
  'Every file system that holds data lies on a solid-state disk, on every host.',
  (target) => ofEachMachine(target, 'disks'),
  (answers, judging) => {
    const findings = beside(judging.target, answers).flatMap(({ machine, facts }) =>
      facts.paths.map(({ path, device, rotational, rotationalReason }) => {
        if (rotational === false) return null
        if (rotational === true) return { wrong: `${machine.name}: ${path} lies on ${device}, a rotating disk` }
        return { unknown: `${machine.name}: ${rotationalReason} (${path}); look it up at the provider and waive the line` }
      }),
    )
    judgeFindings(findings, 'solid-state disks', judging)
  },
)

check(
  'PRE-13',
  'The link that each host reaches the network by runs at 1 Gbit/s or faster.',
  (target) => ofEachMachine(target, 'links'),
  (answers, judging) => {
    const least = judging.atLeast('link.speed', 1000, 'Mbit/s')
    const findings = beside(judging.target, answers).map(({ machine, facts }) => {
      const link = facts.links.find(({ defaultRoute }) => defaultRoute)
      if (link === undefined) return { wrong: `${machine.name}: no link has a default route` }
      if (link.speed === null) {
        return {
          unknown: `${machine.name}: link ${link.name} does not tell its speed, as most virtual ones; look it up at the provider and waive the line`,
        }
      }
      return link.speed >= least ? null : { wrong: `${machine.name}: link ${link.name} runs at ${link.speed} Mbit/s` }
    })
    judgeFindings(findings, `links of at least ${least} Mbit/s`, judging)
  },
)

check(
  'PRE-14',
  'No host swaps in everyday work: it has no swap space, or its swappiness is at most 10.',
  (target) => ofEachMachine(target, 'swap'),
  (answers, judging) => {
    const most = judging.atMost('swap.swappiness', 10, '(vm.swappiness)')
    const findings = beside(judging.target, answers).map(({ machine, facts: { total, swappiness } }) => {
      if (total === 0) return null
      if (swappiness === null) return { unknown: `${machine.name} has swap space and does not tell its swappiness` }
      return swappiness <= most ? null : { wrong: `${machine.name}: ${inGB(total)} GB of swap space at swappiness ${swappiness}` }
    })
    judgeFindings(findings, `no swap space, or swappiness of at most ${most}`, judging)
  },
)
