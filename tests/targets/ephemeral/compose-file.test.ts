import { mkdtempSync, writeFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { UsageError } from '../../../src/outcome.ts'
import { deployCompose, readComposeFile } from '../../../src/targets/ephemeral/compose-file.ts'
import { planPart } from '../../../src/targets/ephemeral/part-plan.ts'
import { loadStackFile, PLAIN_PART, type StackFile } from '../../../src/targets/ephemeral/stack-file.ts'

const COMPOSE = `
name: shop
x-defaults: &defaults
  restart: unless-stopped
services:
  store:
    <<: *defaults
    image: store:1
    ports: ["127.0.0.1:\${STORE_PORT}:80"]
    environment: { GREETING: "hello $\${NAME}", PORT: "\${STORE_PORT}" }
    env_file: [.env]
    secrets: [key]
    volumes: ["./config/store.conf:/etc/store.conf:ro", "./data:/data", "kept:/kept"]
    healthcheck: { test: "curl localhost", interval: 1m30s, timeout: 2s }
    mem_limit: 512m
    cpus: 1.5
    depends_on: { base: { condition: service_healthy }, extra: { condition: service_started } }
  base: { image: "base:1", ports: ["80:80", "443:443"] }
  extra: { image: "extra:1" }
secrets: { key: { file: ./secrets/key } }
volumes: { kept: {} }
`

let directory: string
let stack: StackFile

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'runbook-compose-test-'))
  await writeFile(path.join(directory, 'compose.yml'), COMPOSE)
  writeFileSync(
    path.join(directory, 'stack.yaml'),
    `compose: ${directory}/compose.yml
gateway: { part: base, tls: 443, plain: 80 }
parts:
  store: { after: [tables], environment: { EXTRA: "1" }, referenceOnly: true, compose: { command: [run, it] } }
`,
  )
  stack = loadStackFile(path.join(directory, 'stack.yaml'))
})
afterAll(() => rm(directory, { recursive: true }))

async function deployed(images: Record<string, string> = { store: 'store:1@sha256:aa', base: 'base:1@sha256:bb' }) {
  let port = 30_000
  return deployCompose(readComposeFile(stack, {}), {
    project: 'shop-1',
    images,
    reservePort: async () => {
      port += 1
      return port
    },
  })
}

describe('a compose file with names of its own', () => {
  it('gives each service the name of the part that it is', () => {
    const { services } = readComposeFile({ ...stack, names: { database: 'base' } }, {})
    expect(Object.keys(services)).toEqual(['store', 'database', 'extra'])
    expect(services.store?.depends_on).toEqual({
      database: { condition: 'service_healthy' },
      extra: { condition: 'service_started' },
    })
  })

  it.each([
    [
      { names: { database: 'nobody' } },
      {},
      /has no service nobody, which `names` of the stack file tells; it has store, base, extra/,
    ],
    [{}, { nobody: 'image:1' }, /has no service nobody, which the stack file or `images` names; it has store, base, extra/],
    [
      { compose: '/nowhere/compose.yml' },
      {},
      /compose file \/nowhere\/compose.yml: ENOENT.* correct `compose` in the stack file/,
    ],
  ])('%j with images %j is a usage error', (changes, images, message) => {
    expect(() => readComposeFile({ ...stack, ...changes }, images)).toThrow(UsageError)
    expect(() => readComposeFile({ ...stack, ...changes }, images)).toThrow(message)
  })
})

describe('the compose file of a run', () => {
  it('holds the run’s project, images and ports, and nothing of what does not run', async () => {
    const { text, ports, variables } = await deployed()
    const file = parse(text)
    expect(file.name).toBe('shop-1')
    expect(Object.keys(file.services)).toEqual(['store', 'base'])
    expect(file.services.store).toMatchObject({
      image: 'store:1@sha256:aa',
      ports: [`127.0.0.1:\${STORE_PORT}:80`],
      depends_on: { base: { condition: 'service_healthy' } },
      restart: 'unless-stopped',
    })
    expect(file.services.store.depends_on.extra).toBeUndefined()
    expect(file.services.base.ports).toEqual(['127.0.0.1:30002:80', '127.0.0.1:30003:443'])
    expect(variables).toEqual({ STORE_PORT: '30001' })
    expect(ports.base).toEqual([
      { container: 80, host: 30_002 },
      { container: 443, host: 30_003 },
    ])
    expect(file['x-defaults']).toBeUndefined()
  })

  it('leaves the reference image’s settings away where the company’s image runs', () => {
    const { services } = readComposeFile(stack, { store: 'registry.example.com/store:2' })
    expect(services.store?.command).toBeUndefined()
    expect(readComposeFile(stack, {}).services.store?.command).toEqual(['run', 'it'])
  })

  it('refuses a stack file that describes what the compose file does not have', () => {
    expect(() => readComposeFile({ ...stack, parts: { shelf: PLAIN_PART } }, {})).toThrow('has no service shelf')
  })
})

describe('the plan of a part', () => {
  it('is what compose would start: values filled in, secrets and read-only files copied, limits in numbers', async () => {
    const root = path.join(directory, 'root')
    await mkdir(path.join(root, 'app/config'), { recursive: true })
    await mkdir(path.join(root, 'app/secrets'), { recursive: true })
    await writeFile(path.join(root, 'app/config/store.conf'), 'a = 1')
    await writeFile(path.join(root, 'app/secrets/key'), 'sesame')
    const { services, ports, variables } = await deployed()
    const plan = await planPart({
      name: 'store',
      service: services.store ?? {},
      file: stack.parts.store ?? PLAIN_PART,
      aliases: [],
      ports: ports.store ?? [],
      values: new Map(Object.entries({ ...variables, OTHER: 'x' })),
      secrets: { key: './secrets/key' },
      directory: '/app',
      root,
      keys: '/etc/keys',
    })
    expect(plan).toMatchObject({
      environment: { GREETING: `hello \${NAME}`, PORT: '30001', OTHER: 'x', EXTRA: '1' },
      command: ['run', 'it'],
      memory: 512 * 1_024 ** 2,
      cpus: 1.5,
      health: { test: ['CMD-SHELL', 'curl localhost'], intervalMs: 90_000, timeoutMs: 2_000, retries: 3 },
      needs: ['base', 'tables'],
      restart: 'unless-stopped',
    })
    expect(plan.files.map(({ target, content, mode }) => [target, content.toString(), mode])).toEqual([
      ['/etc/store.conf', 'a = 1', 0o444],
      ['/run/secrets/key', 'sesame', 0o444],
    ])
  })
})
