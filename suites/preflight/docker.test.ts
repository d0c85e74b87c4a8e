import { check } from '../../src/check.ts'
import { hostFact } from '../../src/probes/host.ts'
import { daemonSettings, LOG_OPTIONS } from '../support/daemon.ts'
import { isAtLeast } from '../support/version.ts'

check(
  'PRE-21',
  'Docker Engine 20.10 or newer is installed on the services host, and its daemon answers.',
  (target) => hostFact(target, 'services', 'engine'),
  ({ clientVersion, serverVersion, answer }, { expect }) => {
    const problems: string[] = []
    if (clientVersion === '') problems.push('there is no docker command')
    if (serverVersion === '') problems.push(`the daemon does not answer: ${answer || 'nobody could ask it'}`)
    else if (!isAtLeast(serverVersion, '20.10')) problems.push(`the daemon is of version ${serverVersion}`)
    expect(problems, 'an engine of 20.10 or newer that answers').toEqual([])
  },
)

check(
  'PRE-22',
  'Docker Compose 2.0 or newer is installed on the services host.',
  (target) => hostFact(target, 'services', 'composeVersion'),
  ({ command, version }, { expect }) => {
    const problems = isAtLeast(version, '2.0')
      ? []
      : [version === '' ? 'there is neither `docker compose` nor `docker-compose`' : `${command} is of version ${version}`]
    expect(problems, 'Compose of 2.0 or newer').toEqual([])
  },
)

check(
  'PRE-23',
  'The engine’s service is running on the services host and starts at boot.',
  (target) => ({ engine: hostFact(target, 'services', 'engine'), units: hostFact(target, 'services', 'units') }),
  ({ engine, units }, { expect, unobserved }) => {
    expect(engine.serverVersion, `version of a daemon that answers (${engine.answer || 'no docker command'})`).not.toBe('')
    if (units.manager === 'none') {
      unobserved({
        id: 'untold:service-manager',
        text: 'the services host has neither systemd nor OpenRC that could tell what starts at boot; say how the daemon is started and waive the line',
      })
    }
    const docker = units.units.find(({ name }) => name === 'docker')
    expect({ active: docker?.active, enabled: docker?.enabled }, `the unit docker of ${units.manager}`).toEqual({
      active: 'active',
      enabled: 'enabled',
    })
  },
)

check(
  'PRE-24',
  'daemon.json on the services host asks for json-file logs of 3 files of 10 MB and for the overlay2 storage driver.',
  (target) => hostFact(target, 'services', 'engine'),
  ({ daemonJson }, { expect }) => {
    expect(daemonJson.exists, `${daemonJson.path} exists`).toBe(true)
    const { settings, error } = daemonSettings(daemonJson.text)
    expect(error, `${daemonJson.path} is JSON`).toBe('')
    expect(settings, daemonJson.path).toMatchObject({
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
    return hostFact(target, 'services', 'engine')
  },
  ({ serverVersion, answer, loggingDriver, storageDriver, daemonJson }, { expect }) => {
    expect(serverVersion, `version of a daemon that answers (${answer || 'no complaint'})`).not.toBe('')
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
    return hostFact(target, 'services', 'engine')
  },
  ({ serverVersion, answer, containers }, { expect, unobserved }) => {
    expect(serverVersion, `version of a daemon that answers (${answer || 'no complaint'})`).not.toBe('')
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
    return hostFact(target, 'services', 'engine')
  },
  ({ serverVersion, answer, daemonJson, daemonStarted }, { expect, unobserved }) => {
    expect(serverVersion, `version of a daemon that answers (${answer || 'no complaint'})`).not.toBe('')
    expect(daemonJson.exists, `${daemonJson.path} exists`).toBe(true)
    if (daemonStarted === null) {
      return unobserved({
        id: 'untold:daemon-start',
        text: 'the daemon’s process is not among those that this account sees (rootless, another engine, or hidepid); run the suite as root or waive the line',
      })
    }
    expect(
      new Date(daemonStarted * 1000).toISOString() >= new Date(daemonJson.modified * 1000).toISOString(),
      `daemon.json of ${new Date(daemonJson.modified * 1000).toISOString()} is older than the daemon of ${new Date(daemonStarted * 1000).toISOString()}`,
    ).toBe(true)
  },
)
