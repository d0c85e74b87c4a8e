import { check } from '../../src/check.ts'
import { promised } from '../../src/probe.ts'
import { hostFact } from '../../src/probes/host.ts'
import { daemonFile, runningEngine } from '../../src/probes/host-engine.ts'
import { daemonSettings, HIDDEN_DAEMON, LOG_OPTIONS } from '../support/daemon.ts'
import { isAtLeast } from '../support/version.ts'

check(
  'PRE-21',
  'Docker Engine 20.10 or newer is installed on the services host, and its daemon answers.',
  (target) => promised(runningEngine(target, 'services')),
  ({ serverVersion }, { expect }) => {
    const problems = isAtLeast(serverVersion, '20.10') ? [] : [`the daemon is of version ${serverVersion || '(none)'}`]
    expect(problems, 'an engine of 20.10 or newer').toEqual([])
  },
)

check(
  'PRE-22',
  'Docker Compose 2.0 or newer is installed on the services host.',
  (target) => promised(hostFact(target, 'services', 'composeVersion')),
  ({ command, version }, { expect }) => {
    const problems = isAtLeast(version, '2.0') ? [] : [`${command || 'Compose'} is of version ${version || '(none)'}`]
    expect(problems, 'Compose of 2.0 or newer').toEqual([])
  },
)

check(
  'PRE-23',
  'The engine’s service is running on the services host and starts at boot.',
  (target) => ({ engine: runningEngine(target, 'services'), units: hostFact(target, 'services', 'units') }),
  ({ units }, { expect, unobserved }) => {
    if (units.manager === 'none') {
      unobserved({
        id: 'untold:service-manager',
        text: 'the services host has neither systemd nor OpenRC that could tell what starts at boot; say how the daemon is started and waive the line',
      })
    }
    const docker = units.units.find(({ name }) => name === 'docker')
    const problems = [
      ...(docker?.active === 'active' ? [] : [`it is ${docker?.active || 'unknown'}, not active`]),
      ...(docker?.enabled === 'enabled' ? [] : [`it is ${docker?.enabled || 'unknown'} at boot, not enabled`]),
    ]
    expect(problems, `the unit docker of ${units.manager}`).toEqual([])
  },
)

check(
  'PRE-24',
  'daemon.json on the services host asks for json-file logs of 3 files of 10 MB and for the overlay2 storage driver.',
  (target) => promised(daemonFile(target, 'services')),
  ({ path, text }, { expect }) => {
    const { settings, error } = daemonSettings(text)
    expect(error, `what keeps ${path} from being JSON`).toBe('')
    expect(settings, path).toMatchObject({
      'log-driver': 'json-file',
      'log-opts': LOG_OPTIONS,
      'storage-driver': 'overlay2',
    })
  },
)

check(
  'PRE-25',
  'The log driver and the storage driver that the engine really uses are json-file and overlay2, as daemon.json says.',
  (target) => {
    target.requirePart('docker')
    return runningEngine(target, 'services')
  },
  ({ loggingDriver, storageDriver, daemonJson }, { expect }) => {
    const { settings } = daemonSettings(daemonJson.text)
    const problems: string[] = []
    // With the containerd image store the same driver names itself overlayfs.
    const storage = storageDriver === 'overlayfs' ? 'overlay2' : storageDriver
    if (loggingDriver !== 'json-file') problems.push(`the engine logs by ${loggingDriver || 'nothing'}`)
    if (storage !== 'overlay2') problems.push(`the engine stores by ${storageDriver || 'nothing'}`)
    if (settings?.['log-driver'] !== undefined && settings['log-driver'] !== loggingDriver)
      problems.push(`daemon.json says log-driver ${settings['log-driver']}, the engine ${loggingDriver}`)
    if (settings?.['storage-driver'] !== undefined && settings['storage-driver'] !== storage)
      problems.push(`daemon.json says storage-driver ${settings['storage-driver']}, the engine ${storageDriver}`)
    expect(problems, 'the drivers in force').toEqual([])
  },
)

check(
  'PRE-26',
  'Every running container on the services host keeps its log in json-file with at most 3 files of 10 MB.',
  (target) => {
    target.requirePart('docker')
    return runningEngine(target, 'services')
  },
  ({ containers }, { expect, unobserved }) => {
    if (containers.length === 0) {
      unobserved({
        id: 'untold:no-container',
        text: 'no container is running on the services host yet; the line can be looked at after the first deploy',
      })
    }
    const problems = containers.flatMap(({ name, logDriver, logOptions }) => {
      const bounded =
        logDriver === 'json-file' &&
        logOptions['max-size'] === LOG_OPTIONS['max-size'] &&
        logOptions['max-file'] === LOG_OPTIONS['max-file']
      return bounded ? [] : [`${name}: ${logDriver} ${JSON.stringify(logOptions)}`]
    })
    expect(problems, 'bounded json-file logs').toEqual([])
  },
)

check(
  'PRE-27',
  'The engine was started after daemon.json was last changed, so that what the file says is in force.',
  (target) => {
    target.requirePart('docker')
    return { engine: runningEngine(target, 'services'), file: daemonFile(target, 'services') }
  },
  ({ engine, file }, { expect, unobserved }) => {
    if (engine.daemonStarted === null) return unobserved(HIDDEN_DAEMON)
    const [started, changed] = [engine.daemonStarted, file.modified].map((seconds) => new Date(seconds * 1_000).toISOString())
    const problems =
      engine.daemonStarted >= file.modified ? [] : [`${file.path} was changed at ${changed}, the daemon started at ${started}`]
    expect(problems, 'changes that are not in force yet').toEqual([])
  },
)
