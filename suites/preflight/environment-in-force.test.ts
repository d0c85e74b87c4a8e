import { check } from '../../src/check.ts'
import { composeContainers } from '../../src/probes/docker.ts'
import { containerExec } from '../../src/probes/docker-exec.ts'
import { imageHistory } from '../../src/probes/docker-history.ts'
import { hostFact } from '../../src/probes/host.ts'
import { kafkaConfig } from '../../src/probes/kafka.ts'
import { assigned, numberOf } from '../support/environment-file.ts'
import { PUBLISHED_PORTS, portVariable } from '../support/environment-variables.ts'

const ENVIRONMENT_FILE_LABEL = 'com.docker.compose.project.environment_file'

check(
  'PRE-61',
  'Compose publishes the ports that the environment file names, each service its own.',
  (target) => ({
    file: hostFact(target, 'services', 'envFile'),
    containers: composeContainers(target.part('docker'), { project: target.part('compose').project }),
  }),
  ({ file, containers }, { target, expect }) => {
    const { values } = assigned(file, expect)
    expect(containers.length, 'containers of the project').toBeGreaterThan(0)
    const owners = new Map(target.services.map(({ name, container }) => [portVariable(name), container ?? name]))
    const absent = ['grafana', 'prometheus', 'alertmanager']
      .filter((part) => target.spec.parts[part] === 'none')
      .map(portVariable)
    const problems = PUBLISHED_PORTS.filter((key) => !absent.includes(key)).flatMap((key) => {
      const port = Number(values.get(key))
      const owner = owners.get(key)
      const holder = containers.find(
        ({ service, ports }) => (owner ?? service) === service && ports.some((each) => each.port === port),
      )
      return holder === undefined
        ? [`${key}=${values.get(key) ?? ''} is not published${owner === undefined ? '' : ` by ${owner}`}`]
        : []
    })
    expect(problems, 'ports that compose does not publish').toEqual([])
  },
)

check(
  'PRE-62',
  'The environment file of the runbook is the one that compose was started with.',
  (target) => composeContainers(target.part('docker'), { project: target.part('compose').project }),
  (containers, { target, expect }) => {
    const { envFile } = target.spec.paths
    expect(target.part('compose').envFile, 'environment file of compose in the target file').toBe(envFile)
    expect(containers.length, 'containers of the project').toBeGreaterThan(0)
    const others = containers.filter(({ labels }) => labels[ENVIRONMENT_FILE_LABEL] !== envFile)
    expect(
      others.map(({ name, labels }) => `${name} was started with ${labels[ENVIRONMENT_FILE_LABEL] ?? 'no --env-file'}`),
      `containers that were not started with ${envFile}`,
    ).toEqual([])
  },
)

check(
  'PRE-63',
  'No topic comes into being by a mere mention: KAFKA_AUTO_CREATE_TOPICS is false, and so is the effective setting of every broker.',
  (target) => ({
    file: hostFact(target, 'services', 'envFile'),
    brokers: kafkaConfig(target.part('kafka'), ['auto.create.topics.enable']),
  }),
  ({ file, brokers }, { expect }) => {
    expect(assigned(file, expect).values.get('KAFKA_AUTO_CREATE_TOPICS'), 'KAFKA_AUTO_CREATE_TOPICS').toBe('false')
    expect(brokers.length, 'brokers asked').toBeGreaterThan(0)
    const others = brokers.filter(({ settings }) => settings['auto.create.topics.enable'] !== 'false')
    expect(
      others.map(({ broker, settings }) => `broker ${broker}: ${settings['auto.create.topics.enable'] ?? 'unknown'}`),
      'brokers that create topics by themselves',
    ).toEqual([])
  },
)

check(
  'PRE-64',
  'nginx may hold as many connections as MAX_CONNECTIONS lets in, counted twice: to the client and to the service.',
  (target) => {
    const [docker, { project }] = [target.part('docker'), target.part('compose')]
    return {
      file: hostFact(target, 'services', 'envFile'),
      setting: containerExec(docker, { project, service: 'nginx', command: 'nginx worker_connections' }),
    }
  },
  ({ file, setting }, { expect }) => {
    const problems: string[] = []
    const connections = numberOf(assigned(file, expect), 'MAX_CONNECTIONS', problems)
    expect(problems, 'MAX_CONNECTIONS').toEqual([])
    const said = /^[^#\n]*\bworker_connections\s+(\d+)\s*;/m.exec(setting.output)?.[1]
    // nginx's own default, where nothing is said.
    const granted = Number(said ?? 512)
    expect(connections, 'MAX_CONNECTIONS').toBeGreaterThan(0)
    expect(granted, `worker_connections for ${connections} connections`).toBeGreaterThanOrEqual(2 * connections)
  },
)

check(
  'PRE-111',
  'No image of the project has a secret in its history.',
  (target) => {
    const { spec } = target
    const held = {
      apiKey: spec.apiKey,
      'postgres.password': spec.postgres,
      'redis.password': spec.redis,
      'grafana.password': spec.grafana,
    }
    const secrets = Object.entries(held).flatMap(([name, part]) => (part === undefined ? [] : [name]))
    return imageHistory(target.part('docker'), { project: target.part('compose').project, secrets })
  },
  (images, { expect }) => {
    expect(images.length, 'images of the project').toBeGreaterThan(0)
    const telling = images.flatMap(({ image, suspicious, secrets }) => [
      ...secrets.map((name) => `${image} holds ${name}`),
      ...suspicious.map((name) => `${image} sets ${name}`),
    ])
    expect(telling, 'secrets in the layers of images').toEqual([])
  },
)
