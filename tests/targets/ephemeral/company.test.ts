import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build } from '../../../src/images/build.ts'
import { ensureImages } from '../../../src/images/index.ts'
import { startEphemeral } from '../../../src/targets/ephemeral/start.ts'
import { loadTarget } from '../../../src/targets/load.ts'
import { startWatchdog, type Watchdog } from '../../../src/watchdog/index.ts'
import { engineHere } from '../../support/engine.ts'

const START_MS = 600_000
const IMAGE = `localhost/company/hook-receiver:test-${process.pid}`
/** What this test does without. */
const LEFT_OUT = [
  ...['model-metrics', 'workflow-coordinator', 'nginx', 'prometheus', 'alertmanager', 'grafana', 'cadvisor', 'alert-gateway'],
  ...['postgres-exporter', 'redis-exporter', 'kafka-exporter', 'node-exporter'],
]
/** The company's image has a Python to ask its health with, as its compose file does; this one asks the same. */
const PYTHON = `#!/bin/sh
exec node -e "fetch('http://127.0.0.1:8001/health').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
`
const found = await engineHere()
const name = `a stack of a company’s own${'engine' in found ? '' : ` (skipped: ${found.reason})`}`

describe.skipIf('reason' in found)(name, () => {
  let directory: string
  let watchdog: Watchdog
  const docker = () => {
    if ('engine' in found) return found.engine.docker
    throw new Error(found.reason)
  }

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'runbook-company-test-'))
    watchdog = await startWatchdog()
    const signal = AbortSignal.timeout(START_MS)
    const services = (await ensureImages(['services'], { signal, onProgress: () => undefined })).get('services')
    if (services === undefined || 'unobtainable' in services) throw new Error('there is no image to stand for the company’s')
    const dockerfile = `FROM ${services.image}\nCOPY python /usr/local/bin/python\nENV SERVICE_NAME=hook-receiver LISTEN_PORT=8001\n`
    const texts = { Dockerfile: dockerfile, python: PYTHON }
    for (const [file, text] of Object.entries(texts)) await writeFile(path.join(directory, file), text)
    const files = Object.keys(texts).map((file) => ({
      name: file,
      file: path.join(directory, file),
      isExecutable: file === 'python',
    }))
    await build(docker(), { name: IMAGE, files, signal, onStep: () => undefined })
  }, START_MS)

  afterAll(async () => {
    await watchdog?.stop()
    await docker().getImage(IMAGE).remove({ force: true })
    await rm(directory, { recursive: true, force: true })
  }, 60_000)

  it('runs its compose file, under its names, with its image, and says so in the report’s head', {
    timeout: START_MS,
  }, async () => {
    const spec = loadTarget('ephemeral')
    const production = await readFile('fixtures/compose/docker-compose.prod.yml', 'utf8')
    const theirs = production.replaceAll(/^( +)postgres: *(?=$|\{)/gm, '$1db: ')
    await writeFile(path.join(directory, 'compose.yml'), theirs)
    const stack = (await readFile('fixtures/ephemeral/stack.yaml', 'utf8')).replace(
      /^compose: .*$/m,
      `compose: ${path.join(directory, 'compose.yml')}\nnames: { postgres: db }`,
    )
    await writeFile(path.join(directory, 'stack.yaml'), stack)
    const runDirectory = path.join(directory, 'run')
    await mkdir(runDirectory)
    const parts = { ...spec.parts, ...Object.fromEntries(LEFT_OUT.map((part) => [part, 'none' as const])) }
    const { prometheus: _none, alertmanager: _neither, ...described } = spec
    const started = await startEphemeral({
      spec: { ...described, parts, stack: path.join(directory, 'stack.yaml'), images: { 'hook-receiver': IMAGE } },
      runDirectory,
      watchdog,
      ensureImages,
      keep: false,
      signal: AbortSignal.timeout(START_MS),
      onProgress: () => undefined,
    })
    try {
      expect(started.notes.join('\n')).toContain(
        'Your images: hook-receiver; the other services are the reference ones; generated data.',
      )
      expect(started.parts.find(({ name: part }) => part === 'hook-receiver')?.image).toBe(IMAGE)
      const response = await fetch(`${started.spec.services['hook-receiver']?.url}/health`)
      expect(await response.json()).toMatchObject({ status: 'healthy', dependencies: { postgres: { status: 'healthy' } } })
    } finally {
      await started.stop()
    }
  })
})
