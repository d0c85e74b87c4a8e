import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runOnce } from '../../src/prove/run-once.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'prove-test-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

it('runs what npm test runs, and keeps report, history and output beside each other', async () => {
  const argv = ['--target=this-machine', '--check=PRE-01', '--no-color']
  const { exitCode, report } = await runOnce({ number: 1, directory, argv, signal: new AbortController().signal })
  expect([0, 1, 3]).toContain(exitCode)
  expect(report?.run.selection).toContain('--check=PRE-01')
  expect(await readFile(path.join(directory, 'output.txt'), 'utf8')).toContain('PRE-01')
  expect(await readFile(path.join(directory, 'history.jsonl'), 'utf8')).toContain(report?.run.id)
})

it('ends the run when it is called off, and says that there is no whole one', async () => {
  const { exitCode, report } = await runOnce({
    number: 1,
    directory,
    argv: ['--target=this-machine'],
    signal: AbortSignal.abort('SIGINT'),
  })
  expect(exitCode).not.toBe(0)
  expect(report?.verdict ?? 'none').toMatch(/^(none|interrupted)$/)
})
