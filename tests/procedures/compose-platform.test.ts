import { describe, expect, it } from 'vitest'
import type { CommandOptions, CommandResult, Shell } from '../../src/host/shell.ts'
import { composePlatform } from '../../src/procedures/compose-platform.ts'

const OLD = `sha256:${'a'.repeat(64)}`
const NEW = `sha256:${'b'.repeat(64)}`
const FILE = `services:\n  # the shop\n  shop:\n    image: registry.example.test/shop:1.0@${OLD}\n`

interface Asked {
  readonly command: string
  readonly stdin: string
}

/** A host that answers the commands that begin so; every other one ends with 1. */
function host(answers: Readonly<Record<string, string>>) {
  const asked: Asked[] = []
  const run = async (argv: readonly string[], { stdin = '' }: CommandOptions): Promise<CommandResult> => {
    const command = argv.join(' ')
    asked.push({ command, stdin })
    const answer = Object.entries(answers).find(([beginning]) => command.startsWith(beginning))?.[1]
    return {
      exitCode: answer === undefined ? 1 : 0,
      stdout: answer ?? '',
      stderr: answer === undefined ? 'no such thing' : '',
      truncated: false,
    }
  }
  const stream = (): never => {
    throw new Error('nothing is streamed')
  }
  const shell: Shell = { run, stream, close: async () => undefined }
  const platform = composePlatform({
    shell,
    project: 'shop',
    composeFile: '/opt/shop/compose.yml',
    envFile: '/opt/shop/.env',
    groups: { infrastructure: [], services: ['shop'], monitoring: [], gateway: [] },
    migrate: async () => undefined,
    frontDoorProblem: async () => undefined,
    signal: new AbortController().signal,
  })
  return { platform, asked }
}

const state = (changes: object): string =>
  `${JSON.stringify({ service: 'shop', image: 'sha256:id', reference: `shop@${OLD}`, status: 'running', exitCode: 0, health: 'healthy', ...changes })}\n`

describe('compose on a host, over a shell', () => {
  const UP =
    'docker compose --project-name shop --file /opt/shop/compose.yml --env-file /opt/shop/.env up --detach --no-deps --no-build --quiet-pull shop'

  it('starts a service as the compose file has it, without touching the file', async () => {
    const { platform, asked } = host({ 'cat ': FILE, 'docker compose': '' })
    await platform.start('shop', OLD)
    expect(asked.map(({ command }) => command)).toEqual(['cat /opt/shop/compose.yml', UP])
  })

  it('writes another image into the compose file first, and leaves the rest of it as it is', async () => {
    const { platform, asked } = host({ 'cat ': FILE, 'sh -c': '', 'docker compose': '' })
    await platform.start('shop', NEW)
    expect(asked[1]?.stdin).toBe(FILE.replace(OLD, NEW))
    expect(asked.at(-1)?.command).toBe(UP)
  })

  it('knows no service that the compose file has not', async () => {
    const { platform } = host({ 'cat ': FILE })
    await expect(platform.start('other', NEW)).rejects.toThrow('/opt/shop/compose.yml has no service other with an image')
  })

  it('pulls an image by the name that the compose file gives it, and says where it has none', async () => {
    const { platform, asked } = host({ 'cat ': FILE, 'docker pull': '' })
    await platform.fetchImage(OLD)
    expect(asked.at(-1)?.command).toBe(`docker pull --quiet registry.example.test/shop:1.0@${OLD}`)
    await expect(platform.fetchImage(NEW)).rejects.toThrow(`/opt/shop/compose.yml has no image of ${NEW}`)
    expect(await platform.hasImage(OLD)).toBe(false)
  })

  it('tells what runs by the digest that the compose file pins, and by the engine’s id where it pins none', async () => {
    const pinned = host({ 'docker ps': 'c1\n', 'docker inspect': state({}) })
    expect(await pinned.platform.running()).toEqual({ shop: OLD })
    const plain = host({ 'docker ps': 'c1\n', 'docker inspect': state({ reference: 'shop:1.0' }) })
    expect(await plain.platform.running()).toEqual({ shop: 'sha256:id' })
    expect(await host({ 'docker ps': '' }).platform.running()).toEqual({})
  })

  it.each([
    ['nothing', {}, undefined],
    ['nothing where there is no health check', { health: '' }, undefined],
    ['that it is not healthy yet', { health: 'starting' }, 'is starting'],
    ['how it ended', { status: 'exited', exitCode: 137 }, 'is exited (exit code 137)'],
  ])('says of a service %s', async (_, changes, ailment) => {
    const { platform } = host({ 'docker ps': 'c1\n', 'docker inspect': state(changes) })
    expect(await platform.ailment('shop')).toBe(ailment)
  })

  it('says that a service has no container, and what a command said that failed', async () => {
    expect(await host({ 'docker ps': '' }).platform.ailment('shop')).toBe('has no container')
    await expect(host({}).platform.stop('shop')).rejects.toThrow(/^`docker compose .* stop shop` ended with 1: no such thing$/)
  })
})
