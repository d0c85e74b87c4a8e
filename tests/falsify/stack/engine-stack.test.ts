import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StackControl } from '../../../src/falsify/stack/control.ts'
import { engineStack, hostIn } from '../../../src/falsify/stack/engine-stack.ts'
import { until } from '../../../src/wait.ts'
import { testTarget } from '../../support/judging.ts'
import {
  type ContainerEngine,
  containerEngine,
  type HeldContainer,
  heldContainer,
  kept,
  PROJECT,
} from './support/container-engine.ts'

/** What waits for what; the gateway waits for the store through the service. */
const COMPOSE = `services:
  gateway: { image: gateway, depends_on: { service: { condition: service_healthy } } }
  service: { image: service, depends_on: { store: { condition: service_healthy } } }
  other: { image: other }
  store: { image: store }
`

let root = ''
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'engine-stack-'))
  await writeFile(path.join(root, 'compose.yaml'), COMPOSE)
})
afterAll(() => rm(root, { recursive: true }))

async function stack(...more: HeldContainer[]): Promise<AsyncDisposable & { control: StackControl; engine: ContainerEngine }> {
  const named = ['store', 'service', 'gateway', 'other'].filter((name) => !more.some(({ Name }) => Name.includes(name)))
  const engine = await containerEngine(...named.map((name) => heldContainer(name)), ...more)
  const { spec } = testTarget({ docker: { socket: engine.socket } })
  const { prometheus: _, ...described } = {
    ...spec,
    compose: { file: '/compose.yaml', project: PROJECT, envFile: '', services: [] },
  }
  const host = hostIn(root, described as typeof spec)
  const control = engineStack({ ...host, spec: described as typeof spec, secrets: { apiKey: 'key' }, administrator: 'admin' })
  return { control, engine, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() }
}

const stateOf = (engine: ContainerEngine, service: string): string => engine.held(service).State.Status

describe('a container of a stack', () => {
  it('is stopped, and started again with whatever waits for it, in the order of what needs what', async () => {
    await using has = await stack()
    const undo = await has.control.container('store').stop()
    expect(stateOf(has.engine, 'store')).toBe('exited')
    await undo()
    expect(has.engine.did).toEqual(['stop store', 'start store', 'restart service', 'restart gateway'])
    expect(await has.control.ailments()).toEqual([])
  })

  it('is paused and goes on, and nothing else is touched', async () => {
    await using has = await stack()
    const undo = await has.control.container('store').pause()
    expect(stateOf(has.engine, 'store')).toBe('paused')
    await undo()
    expect(has.engine.did).toEqual(['pause store', 'unpause store'])
  })

  it('is paused at a later attempt where the kernel is too busy, and not where the engine has another reason', async () => {
    await using has = await stack()
    has.engine.refusals.push('OCI runtime pause failed: unable to freeze: unknown', 'unable to freeze')
    await has.control.container('store').pause()
    expect(has.engine.did).toEqual(['pause store', 'pause store', 'pause store'])
    has.engine.refusals.push('there is no freezer')
    await expect(has.control.container('other').pause()).rejects.toThrow('there is no freezer')
  })

  it('is cut off from the network, and comes back to it under its name', async () => {
    await using has = await stack()
    const undo = await has.control.container('gateway').disconnect()
    expect(has.engine.held('gateway').NetworkSettings.Networks).toEqual({})
    await undo()
    expect(has.engine.held('gateway').NetworkSettings.Networks).toEqual({ [PROJECT]: { Aliases: ['gateway'] } })
    expect(has.engine.did).toEqual(['disconnect gateway', 'connect gateway', 'restart gateway'])
  })

  it('is restarted without what waits for it, which the undo restarts', async () => {
    await using has = await stack()
    const undo = await has.control.container('service').restartAlone()
    expect(has.engine.did).toEqual(['restart service'])
    await undo()
    expect(has.engine.did).toEqual(['restart service', 'restart gateway'])
  })

  it('is told a signal', async () => {
    await using has = await stack()
    await has.control.container('other').signal('SIGHUP')
    expect(has.engine.did).toEqual(['kill other'])
  })

  it('is replaced by one that differs only in what was asked for, and put back as it was', async () => {
    await using has = await stack(
      heldContainer('other', {
        Mounts: [{ Type: 'volume', Destination: '/data' }],
        files: new Map([
          ['/etc/other.conf', kept('other.conf', 'a setting')],
          ['/data/rows', kept('rows', 'rows of long ago')],
        ]),
      }),
    )
    const before = await has.control.shapes()
    const undo = await has.control.container('other').replace({
      environment: { LEVEL: 'debug', EMPTY: undefined },
      labels: { more: 'yes' },
      host: { Privileged: true },
      without: ['/data'],
    })
    const { Config, HostConfig, files } = has.engine.held('other')
    expect(Config).toMatchObject({ Env: ['LEVEL=debug'], Cmd: ['run'], Image: 'other:1', Labels: { more: 'yes' } })
    expect(HostConfig).toMatchObject({ Privileged: true, Memory: 100, PortBindings: { '80/tcp': [{ HostPort: '8080' }] } })
    expect([...files.keys()]).toEqual(['/etc/other.conf'])
    expect(await has.control.shapes()).not.toEqual(before)
    await undo()
    expect(await has.control.shapes()).toEqual(before)
    expect(has.engine.held('other').files.get('/data/rows')).toMatchObject(kept('data/rows', 'rows of long ago'))
  })

  it('has another one put beside it, of an image of its own and without its ports, which the undo removes with the image', async () => {
    await using has = await stack()
    const undo = await has.control.container('other').beside('leftover', { baked: ['ENV SECRET=told'], command: ['sleep', '1'] })
    const { Name, Config, HostConfig } = has.engine.held('leftover')
    expect(Name).toBe(`/${PROJECT}-leftover-2`)
    expect(Config).toMatchObject({ Cmd: ['sleep', '1'], Image: expect.stringMatching(/^fault-.+:latest$/) })
    expect(HostConfig).toMatchObject({ PortBindings: {} })
    await undo()
    expect(has.engine.did).toEqual([
      'build FROM other:1\nENV SECRET=told\n',
      'create leftover',
      'start leftover',
      'remove leftover',
      `remove image ${Config.Image}`,
    ])
  })

  it('leaves nothing of another one that does not start', async () => {
    await using has = await stack()
    await expect(has.control.container('other').beside('leftover', { command: ['broken'] })).rejects.toThrow('it does not start')
    expect(has.engine.did.at(-1)).toBe('remove leftover')
    expect(await has.control.services()).toEqual(['gateway', 'other', 'service', 'store'])
  })

  it('is granted less, and again what it had', async () => {
    await using has = await stack()
    const before = await has.control.shapes()
    const undo = await has.control.container('other').allow({ NanoCpus: 1 })
    expect(await has.control.shapes()).not.toEqual(before)
    await undo()
    expect(await has.control.shapes()).toEqual(before)
    expect(has.engine.held('other').HostConfig).toMatchObject({ Memory: 100, MemorySwap: 200, NanoCpus: 300 })
  })

  it('tells the memory that it uses without what could be given back', async () => {
    await using has = await stack()
    expect(await has.control.container('other').memoryUsed()).toBe(600)
  })
})

describe('a command in a container', () => {
  it('tells what it said; one that fails is an error with its words', async () => {
    await using has = await stack()
    has.engine.answers.set('true', { exitCode: 0, output: 'well\n' })
    has.engine.answers.set('false', { exitCode: 3, output: 'not well\n' })
    expect(await has.control.container('other').exec('true')).toEqual({ exitCode: 0, output: 'well\n' })
    await expect(has.control.container('other').exec('false', 'x')).rejects.toThrow('false x in other ended with 3: not well')
    expect(has.engine.ran[0]).toEqual({ argv: ['true'], user: '0' })
  })

  it('runs on until the undo ends it', async () => {
    await using has = await stack()
    const undo = await has.control.container('other').running('burn')
    const file = has.engine.ran[0]?.argv[3]
    expect(has.engine.ran[0]?.argv).toEqual(['sh', '-c', 'echo $$ > "$0"; exec "$@"', file, 'burn'])
    await undo()
    expect(has.engine.ran[1]?.argv).toEqual(['sh', '-c', 'kill -9 "$(cat "$0")" && rm "$0"', file])
  })

  it('writes lines into its log as its own account, and the engine tells them', async () => {
    await using has = await stack()
    has.engine.held('other').log.push('an older line', 'a line')
    await has.control.container('other').log(['a line'])
    expect(has.engine.ran[0]).toMatchObject({ user: '', argv: expect.arrayContaining(['a line']) })
  })
})

describe('a file of a container', () => {
  it('is changed, its mode and owner are not', async () => {
    await using has = await stack(heldContainer('other', { files: new Map([['/etc/other.conf', kept('other.conf', 'old')]]) }))
    const other = has.control.container('other')
    expect(await other.readFile('/etc/other.conf')).toBe('old')
    await other.writeFile('/etc/other.conf', 'new words')
    expect(has.engine.held('other').files.get('/etc/other.conf')).toMatchObject(kept('other.conf', 'new words'))
  })

  it('is read to its end: no connection to the engine stays open for it', async () => {
    await using has = await stack(
      heldContainer('other', { files: new Map([['/etc/other.conf', kept('other.conf', 'x'.repeat(300_000))]]) }),
    )
    const busy = (): string[] => Object.keys(http.globalAgent.sockets)
    expect(busy()).toEqual([])
    await has.control.container('other').readFile('/etc/other.conf')
    expect(
      await until(
        async () => busy(),
        (left) => left.length === 0,
        { deadlineMs: 2_000, everyMs: 10 },
      ),
    ).toEqual([])
  })

  it('that is not there is an error', async () => {
    await using has = await stack()
    await expect(has.control.container('other').readFile('/none')).rejects.toThrow('no such file: /none')
  })
})

describe('a stack', () => {
  it('tells who is not well: stopped, unhealthy, and how often it was restarted', async () => {
    const sick = (name: string, Status: string, Health: string, RestartCount = 0) =>
      heldContainer(name, { RestartCount, State: { Status, Pid: 0, Restarting: false, Health: { Status: Health } } })
    await using has = await stack(
      sick('store', 'exited', 'unhealthy'),
      sick('service', 'running', 'unhealthy'),
      sick('gateway', 'restarting', 'unhealthy', 7),
    )
    expect(await has.control.ailments()).toEqual([
      `/${PROJECT}-gateway-1 is restarting, after 7 restarts`,
      `/${PROJECT}-service-1 is unhealthy`,
      `/${PROJECT}-store-1 is exited`,
    ])
  })

  it('knows paths of the host and secrets, and says what it has not', async () => {
    await using has = await stack()
    expect(has.control.hostPath('/compose.yaml')).toBe(path.join(root, 'compose.yaml'))
    expect(has.control.secret('apiKey')).toBe('key')
    expect(() => has.control.secret('none')).toThrow('the stack has no secret none')
    await expect(has.control.container('nobody').stop()).rejects.toThrow('the stack has no container of nobody')
  })

  it('whose description names no engine is an error', () => {
    const { docker: _, ...spec } = testTarget().spec
    const nameless = spec as typeof spec & { docker: never }
    expect(() => engineStack({ ...hostIn(root, nameless), spec: nameless, secrets: {}, administrator: '' })).toThrow(
      'names no engine',
    )
  })
})
