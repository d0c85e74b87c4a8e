import { check } from '../../src/check.ts'
import { hostFact } from '../../src/probes/host.ts'
import { runningEngine } from '../../src/probes/host-engine.ts'
import { HIDDEN_DAEMON } from '../support/daemon.ts'
import { configuredProblems, limitProblems } from '../support/process-limits.ts'

check(
  'PRE-28',
  'A session of the account that deploys may open 65,536 files and start 65,536 processes, soft and hard, on the services host.',
  (target) => hostFact(target, 'services', 'limits'),
  ({ account, session }, { target, expect, atLeast, unobserved }) => {
    const deployer = target.spec.expect.deployUser
    if (deployer !== '' && deployer !== account) {
      unobserved({
        id: `account:${account}`,
        text: `the run is logged in as ${account}, and only a session of ${deployer} shows the limits of ${deployer}; connect as ${deployer}`,
      })
    }
    const least = { nofile: atLeast('limits.nofile', 65_536, 'files'), nproc: atLeast('limits.nproc', 65_536, 'processes') }
    expect(limitProblems(`a session of ${account}`, session, least), 'limits in force').toEqual([])
  },
)

check(
  'PRE-29',
  'The limits of 65,536 files and processes are written down for the account that deploys, so that they outlive a reboot.',
  (target) => hostFact(target, 'services', 'limits'),
  ({ account, configured }, { target, expect, atLeast }) => {
    const least = { nofile: atLeast('limits.nofile', 65_536, 'files'), nproc: atLeast('limits.nproc', 65_536, 'processes') }
    expect(configuredProblems(configured, target.spec.expect.deployUser || account, least), 'limits.conf and limits.d').toEqual(
      [],
    )
  },
)

check(
  'PRE-30',
  'The engine’s processes, and so the containers that set nothing themselves, may open 65,536 files and start 65,536 processes, soft and hard.',
  (target) => {
    target.requirePart('docker')
    return { limits: hostFact(target, 'services', 'limits'), engine: runningEngine(target, 'services') }
  },
  ({ limits, engine }, { expect, atLeast, unobserved }) => {
    const least = { nofile: atLeast('limits.nofile', 65_536, 'files'), nproc: atLeast('limits.nproc', 65_536, 'processes') }
    const processes = limits.engine.flatMap(({ process, pid, nofile, nproc }) =>
      limitProblems(`${process} (${pid})`, { nofile, nproc }, least),
    )
    const containers = engine.containers.flatMap(({ name, ulimits }) =>
      ulimits.flatMap(({ name: what, soft, hard }) => {
        const wanted = what === 'nofile' ? least.nofile : what === 'nproc' ? least.nproc : 0
        const enough = (value: number): boolean => value < 0 || value >= wanted
        return enough(soft) && enough(hard) ? [] : [`${name}: ${what} ${soft} soft, ${hard} hard`]
      }),
    )
    expect([...processes, ...containers], 'limits in force').toEqual([])
    if (limits.engine.length === 0) unobserved(HIDDEN_DAEMON)
  },
)
