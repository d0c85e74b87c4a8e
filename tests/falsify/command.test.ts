import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { falsificationSchema } from '../../src/report/falsification.ts'

const RUN_MS = 90_000

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'falsify-test-'))
  // As root, PostgreSQL runs as another account, which must find its way through.
  await chmod(directory, 0o711)
})
afterEach(() => rm(directory, { recursive: true }))

/** Starts the command, with everything that it keeps for a while in a directory of the test's own. */
function start(...argv: string[]) {
  const out = path.join(directory, 'reports')
  const child = spawn(process.execPath, ['src/falsify/main.ts', '--jobs=1', `--out=${out}`, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: directory },
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  return { child, out, text: () => text, closed: once(child, 'close') }
}

describe('npm run falsify', () => {
  it('shows a line red by a fault, and writes both reports', { timeout: RUN_MS }, async () => {
    const { out, closed, text } = start('--fault=cores-one-short', '--check=PRE-01,PRE-24')
    expect(await closed, text()).toEqual([0, null])
    const falsification = falsificationSchema.parse(JSON.parse(await readFile(path.join(out, 'falsification.json'), 'utf8')))
    expect(falsification.runs[0]?.faults[0]?.cells).toMatchObject([{ line: 'PRE-01', expected: 'failed', seen: 'failed' }])
    expect(falsification.lines.find(({ id }) => id === 'PRE-01')?.lastSeenRed).toMatchObject({
      fault: 'cores-one-short',
      target: 'embedded',
    })
    expect(await readFile(path.join(out, 'falsification.html'), 'utf8')).toContain('cores-one-short')
  })

  it('leaves nothing behind when it is interrupted', { timeout: RUN_MS }, async () => {
    const { child, closed, text } = start('--fault=hooks-slow')
    await expect.poll(text, { timeout: RUN_MS / 2 }).toContain('healthy')
    child.kill('SIGINT')
    expect(await closed, text()).toEqual([130, null])
    expect(text()).toContain('interrupted')
    expect((await readdir(directory)).filter((name) => name !== 'reports')).toEqual([])
  })

  it('refuses an unknown fault before it starts anything', async () => {
    const { closed, text } = start('--fault=cores-short-of')
    expect(await closed).toEqual([2, null])
    expect(text()).toContain('did you mean')
  })
})
