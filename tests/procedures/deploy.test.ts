import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deployProcedure } from '../../src/procedures/deploy.ts'
import type { Platform } from '../../src/procedures/platform.ts'
import { runProcedure } from '../../src/procedures/run.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const RELEASE = {
  name: '2.0.0',
  images: { postgres: digest('a'), receiver: digest('b'), prometheus: digest('c'), nginx: digest('d') },
}

describe('a deploy', () => {
  let calls: string[]
  let ill: Record<string, string>
  let running: Record<string, string>
  let directory: string
  beforeEach(async () => {
    calls = []
    ill = {}
    running = {}
    directory = await mkdtemp(path.join(tmpdir(), 'test-deploy-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  const call = async (text: string): Promise<void> => void calls.push(text)
  const platform = (): Platform => ({
    groups: { infrastructure: ['postgres'], services: ['receiver'], monitoring: ['prometheus'], gateway: ['nginx'] },
    hasImage: async (image) => image === digest('a'),
    fetchImage: (image) => call(`fetch ${image.at(-1)}`),
    async start(service, image) {
      running = { ...running, [service]: image }
      await call(`start ${service} ${image.at(-1)}`)
    },
    stop: (service) => call(`stop ${service}`),
    ailment: async (service) => ill[service],
    running: async () => running,
    migrate: ({ name }) => call(`migrate to ${name}`),
    frontDoorProblem: async () => ill.frontDoor,
  })
  const procedure = () =>
    deployProcedure({ platform: platform(), release: RELEASE, backUp: () => call('backup'), deadlineMs: 20 })
  const run = () => runProcedure(procedure(), { stateFile: path.join(directory, 'state.json'), everyMs: 2 })

  it('backs up, fetches what is missing, starts by digest from the bottom up, and verifies', async () => {
    expect((await run()).failure).toBeNull()
    expect(calls).toEqual([
      'backup',
      'fetch b',
      'fetch c',
      'fetch d',
      'start postgres a',
      'migrate to 2.0.0',
      'start receiver b',
      'start prometheus c',
      'start nginx d',
    ])
  })

  it('stops at a service that does not become healthy: nothing above it is started', async () => {
    ill = { receiver: 'answers 503' }
    const report = await run()
    expect(report.failure).toMatchObject({ step: 'services', message: 'not ready within 20 ms: receiver: answers 503' })
    expect(calls.at(-1)).toBe('start receiver b')
  })

  it('run again goes on, and keeps the backup of before the first attempt', async () => {
    ill = { receiver: 'answers 503' }
    await run()
    ill = {}
    expect((await run()).outcome).toBe('done')
    expect(calls.filter((text) => text === 'backup')).toHaveLength(1)
  })

  it('whose images are not those that run is not done', async () => {
    const wrong = { ...platform(), running: async () => ({ ...RELEASE.images, receiver: digest('e') }) }
    const report = await runProcedure(deployProcedure({ platform: wrong, release: RELEASE, backUp: undefined, deadlineMs: 10 }), {
      everyMs: 2,
    })
    expect(report.failure?.message).toMatch(/receiver runs sha256:e+ instead of sha256:b+/)
  })

  it('that fails at the front door says what to do', async () => {
    ill = { frontDoor: 'certificate has expired' }
    expect((await run()).failure).toMatchObject({ step: 'verify', whenItFails: 'roll back to the backup of step 1' })
  })

  it('of an incomplete release is refused before it begins', () => {
    const incomplete = { name: 'x', images: { postgres: digest('a') } }
    expect(() => deployProcedure({ platform: platform(), release: incomplete, backUp: undefined })).toThrow(
      /no image of receiver/,
    )
  })
})
