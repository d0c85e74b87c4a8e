import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import Docker from 'dockerode'
import { describe, expect, it } from 'vitest'
import { companyImages } from '../../../src/targets/ephemeral/images.ts'
import { gone, runCli } from '../../support/run-cli.ts'
import { type FakeEngineScript, fakeEngine } from './support/fake-engine.ts'

const RUN_MS = 120_000

/** Whatever is wrong with the engine, the run says so in words, ends with 3, and leaves nothing behind. */
async function endOf(environment: Record<string, string>) {
  using run = runCli(['--target=ephemeral', '--check=DEP-33', '--no-color'], { environment })
  const { code, text } = await run.ended
  expect(text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
  await gone(run)
  return { code, text }
}

describe('a stack is not started', { timeout: RUN_MS }, () => {
  const NOWHERE: readonly (readonly [string, string, RegExp])[] = [
    ['where a socket is named that is not there', 'unix:///nowhere/docker.sock', /nothing that is an engine answers there/],
    ['where an address is named at which nobody listens', 'tcp://127.0.0.1:1', /nothing that is an engine answers there/],
    ['where what is named is no address', 'nonsense', /DOCKER_HOST is no address that this target can use, such as unix:/],
  ]
  it.concurrent.each(NOWHERE)('%s, and no other engine is taken instead', async (_what, DOCKER_HOST, said) => {
    const { code, text } = await endOf({ DOCKER_HOST })
    expect(code).toBe(3)
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(said)
    expect(text).toContain(`no container engine answers (tried ${DOCKER_HOST}: `)
    expect(text).toContain('start Docker')
  })

  const UNFIT: readonly (readonly [string, FakeEngineScript, RegExp])[] = [
    [
      'that is too old',
      { apiVersion: '1.38' },
      /the container engine 27.0.0 is too old: its API is 1.38, at least 1.41 .* update it/,
    ],
    [
      'whose machine has too little memory',
      { memory: 512e6 },
      /too little memory: 0.5 GB .* the stack takes 2.0 GB; .* give the engine more/,
    ],
    // A file system of the kernel's has no free block.
    ['whose disk is full', { directory: '/proc' }, /too little disk: \/proc, .* has 0.0 GB left, 1.0 GB are needed; free some/],
    [
      'that takes connections and answers nothing',
      { silent: true },
      /no container engine answers \(tried .*no answer within 15000 ms\); start Docker/,
    ],
  ]
  it.concurrent.each(UNFIT)('on an engine %s, and nothing is changed there', async (_what, script, said) => {
    await using engine = await fakeEngine(script)
    const { code, text } = await endOf({ DOCKER_HOST: `unix://${engine.socket}` })
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(said)
    expect(code).toBe(3)
    expect(engine.changes).toEqual([])
  })
})

describe('what makes a stack is read before anything is started', { timeout: RUN_MS }, () => {
  it.concurrent.each([
    ['a stack file that is not there', 'stack: nowhere.yaml', /nowhere.yaml/],
    [
      'an image of a part that the compose file has not',
      'images: { no-such-part: "x:1" }',
      /has no service no-such-part, .* it has postgres, /,
    ],
  ])('%s is a usage error', async (_what, line, said) => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'bad-stack-'))
    try {
      const file = path.join(directory, 'mine.yaml')
      const own = (await readFile('fixtures/targets/ephemeral.yaml', 'utf8'))
        .split('\n')
        .filter((one) => !line.startsWith(one.split(':')[0] || '#'))
      await writeFile(file, `${own.join('\n')}\n${line}\n`)
      using run = runCli([`--target=${file}`, '--check=DEP-33'])
      const { code, text } = await run.ended
      expect(text).toMatch(said)
      expect(code).toBe(2)
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})

it('an image that the target file names and that cannot be had is told with what to do', async () => {
  await using engine = await fakeEngine({ refusal: 'the registry is on fire' })
  const images = await companyImages(new Docker({ socketPath: engine.socket }), { app: 'registry.example.test/app:1' })
  expect(images.get('app')).toEqual({
    unobtainable: expect.stringMatching(
      /registry.example.test\/app:1, which the target file names, .*on fire.*docker pull it by hand/,
    ),
  })
})
