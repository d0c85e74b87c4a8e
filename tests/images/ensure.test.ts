import { describe, expect, it } from 'vitest'
import { ensureImages } from '../../src/images/index.ts'
import { DIGEST, testCatalogue } from './support/catalogue.ts'
import { type EngineScript, scriptedEngine } from './support/engine.ts'

const UNREACHABLE = 'Get "https://registry.example.test/v2/": dial tcp: no such host'
const ID = `sha256:${'1'.repeat(64)}`

/** Runs once on a fresh project and a fresh engine. */
async function ensured(parts: readonly string[], script: (names: Names) => EngineScript, standInsOnly = false) {
  await using project = await testCatalogue()
  const [store, app] = await Promise.all([project.standInNames('store'), project.standInNames('app')])
  await using engine = await scriptedEngine(script({ base: store.base, store: store.standIn, app: app.upstream }))
  const progress: string[] = []
  const outcomes = await ensureImages(parts, {
    signal: AbortSignal.timeout(20_000),
    onProgress: (text) => progress.push(text),
    catalogue: project.catalogue,
    docker: engine.docker,
    standInsOnly,
  })
  return { outcomes: Object.fromEntries(outcomes), store, app, progress, pulled: engine.pulled, built: engine.built }
}

interface Names {
  readonly base: string
  readonly store: string
  readonly app: string
}

describe('ensureImages', () => {
  it('pulls the pinned upstream image where a registry has it', async () => {
    const { outcomes, pulled, built } = await ensured(['store'], () => ({}))
    expect(outcomes).toEqual({ store: { image: `store:7.2@${DIGEST}`, digest: DIGEST, origin: 'upstream' } })
    expect(pulled).toEqual([`store:7.2@${DIGEST}`])
    expect(built).toEqual([])
  })

  it('asks no registry for an image that is there', async () => {
    const { outcomes, pulled } = await ensured(['store'], () => ({
      present: [`store:7.2@${DIGEST}`],
      registry: () => UNREACHABLE,
    }))
    expect(outcomes.store).toMatchObject({ origin: 'upstream' })
    expect(pulled).toEqual([])
  })

  it('builds on the upstream image what says more than FROM, and uses it again', async () => {
    const first = await ensured(['app'], () => ({}))
    expect(first.outcomes.app).toEqual({ image: first.app.upstream, digest: ID, origin: 'upstream' })
    expect(first.built).toEqual([{ name: first.app.upstream, arguments: {}, files: ['Dockerfile', 'app/main.ts'] }])
    const second = await ensured(['app'], ({ app }) => ({ present: [app] }))
    expect(second.built).toEqual([])
  })

  it('builds the stand-in where no registry answers', async () => {
    const { outcomes, store, built, progress } = await ensured(['store'], ({ base }) => ({
      present: [base],
      registry: () => UNREACHABLE,
    }))
    expect(outcomes.store).toEqual({ image: store.standIn, digest: ID, origin: 'stand-in' })
    expect(store.standIn).toMatch(/^localhost\/runbook\/store:7\.2-stand-in-[0-9a-f]{12}$/)
    expect(built).toEqual([{ name: store.standIn, arguments: { BASE: store.base }, files: ['Dockerfile', 'start'] }])
    expect(progress).toEqual(['store: step 1/1, RUN something'])
  })

  it('neither asks nor builds where only stand-ins are wanted and the stand-in is there', async () => {
    const { outcomes, pulled, built } = await ensured(['store'], ({ store }) => ({ present: [store] }), true)
    expect(outcomes.store).toMatchObject({ origin: 'stand-in' })
    expect([pulled, built]).toEqual([[], []])
  })

  it('says what was tried for a part that has no stand-in', async () => {
    const { outcomes } = await ensured(['panel'], () => ({ registry: () => UNREACHABLE }))
    expect(outcomes.panel).toMatchObject({ isFailure: false, unobtainable: expect.stringContaining(UNREACHABLE) })
    expect(outcomes.panel).toMatchObject({ unobtainable: expect.stringContaining('no stand-in: nobody packages it') })
  })

  it('reports a build that failed with its last lines, and still has the others', async () => {
    const { outcomes } = await ensured(['store', 'app'], ({ base, store }) => ({
      present: [base],
      registry: () => UNREACHABLE,
      buildEnds: (name) => (name === store ? { error: 'returned a non-zero code: 100' } : {}),
    }))
    expect(outcomes.store).toMatchObject({
      isFailure: true,
      unobtainable: expect.stringMatching(/RUN something\n.*non-zero code: 100/),
    })
    expect(outcomes.app).toMatchObject({ origin: 'stand-in' })
  })

  it('ends with what to do where the disk is full', async () => {
    const full = ensured(['store'], ({ base }) => ({
      present: [base],
      registry: () => UNREACHABLE,
      buildEnds: () => ({ error: 'write /layer: no space left on device' }),
    }))
    await expect(full).rejects.toThrow(/disk is full: .*no space left on device\nfree some of it/)
    await expect(full).rejects.toMatchObject({ name: 'EngineUnusable' })
  })

  it('names the nearest part where one is unknown', async () => {
    await expect(ensured(['stoer'], () => ({}))).rejects.toThrow(/no image "stoer"; did you mean "store"\?/)
  })

  it('ends at once when it is aborted', async () => {
    await using project = await testCatalogue()
    await using engine = await scriptedEngine({ registry: () => 'silent' })
    const abort = new AbortController()
    const options = { onProgress: () => undefined, catalogue: project.catalogue, docker: engine.docker, standInsOnly: false }
    const running = ensureImages(['store'], { ...options, signal: abort.signal })
    await expect.poll(() => engine.pulled).toHaveLength(1)
    abort.abort(new Error('interrupted'))
    await expect(running).rejects.toThrow('interrupted')
  })
})
