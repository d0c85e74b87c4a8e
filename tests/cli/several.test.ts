import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { matrixSchema } from '../../src/report/matrix.ts'
import { reportSchema } from '../../src/report/model.ts'
import { type CliRun, gone, printedLine, runCli } from '../support/run-cli.ts'
import { silentServer } from '../support/silent.ts'

/** A line that asks this machine, one that asks a service, one that a person signs. */
const SOME = '--check=PRE-01,POST-01,PRE-39'

let folder = ''

/** A target whose hosts are this machine and whose services are at that port. */
function target(name: string, port: number): string {
  const url = `http://127.0.0.1:${port}`
  const services = ['hook-receiver', 'model-metrics', 'workflow-coordinator'].map(
    (service) => `  ${service}: { url: "${url}", public: "https://${service}.test:${port}" }`,
  )
  const overrides = ['hook-receiver', 'model-metrics', 'workflow-coordinator'].map((service) => `    ${service}.test: 127.0.0.1`)
  const file = path.join(folder, `${name}.yaml`)
  const head = `name: ${name}\nenvironment: test\nhosts:\n  services: { shell: local }`
  writeFileSync(file, [head, 'services:', ...services, 'dns:', '  overrides:', ...overrides, ''].join('\n'))
  return file
}

function reports(run: CliRun) {
  return readdirSync(run.out)
    .filter((name) => /^\d{4}.*Z-/.test(name))
    .map((name) => reportSchema.parse(JSON.parse(readFileSync(path.join(run.out, name, 'report.json'), 'utf8'))))
}

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'several-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('a run over several targets', () => {
  it('says first what they allow, tells progress by target, and writes one report each and a matrix', async () => {
    const group = path.join(folder, 'group.yaml')
    target('one', 9)
    writeFileSync(group, 'targets: [embedded, ./one.yaml]\n')
    using run = runCli([SOME, `--target=${group}`, '--no-color'])
    const { code, text } = await run.ended
    expect(text).toMatch(/^PARTIAL: 3 of .*\n2 targets, 2 at once\ntarget embedded .*\ntarget one \(live, test\) allows read\n/)
    expect(text).toMatch(/^embedded │ ✓ PRE-01 passed$/m)
    expect(text).toMatch(/^one │ . PRE-01 \w+$/m)
    expect(reports(run).map((report) => report.target.name)).toEqual(['embedded', 'one'])
    const matrix = matrixSchema.parse(JSON.parse(readFileSync(path.join(run.out, 'matrix.json'), 'utf8')))
    expect(matrix.targets.map(({ name }) => name)).toEqual(['embedded', 'one'])
    expect(matrix.exitCode).toBe(code)
    expect(reports(run)[0]?.verdict).toBe('passed')
    expect(code).not.toBe(0)
  })

  it('does not let one that never answers hold up the others', async () => {
    await using silent = await silentServer()
    // Both ask this machine, and none of them starts anything: the dead one's time is up after ten seconds.
    using run = runCli([SOME, `--target=${target('alive', 9)},${target('dead', silent.port)}`])
    await printedLine(run, /alive │ . POST-01/)
    expect(run.printed()).not.toMatch(/dead │ . POST-01/)
    await run.ended
    expect(run.printed()).toMatch(/dead │ . POST-01/)
  })

  it('keeps observations of one target apart from those of another', async () => {
    const [one, two] = [target('one', 9), target('two', 9)]
    using run = runCli([SOME, `--target=${one},${two}`])
    await run.ended
    const counts = reports(run).map((report) => report.target.connections.find(({ system }) => system === 'host')?.count)
    expect(counts).toEqual([1, 1])
    expect(new Set(reports(run).map((report) => report.run.id)).size).toBe(2)
  })

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'cut short by %s leaves a valid partial report each and nothing else',
    async (signal) => {
      const file = path.join(folder, 'this.yaml')
      writeFileSync(file, readFileSync('fixtures/targets/this-machine.yaml', 'utf8').replace(/^name: .*/m, 'name: another'))
      using run = runCli([`--target=embedded,${file}`])
      await printedLine(run, /embedded │ ✓ PRE-\d+ passed/)
      await printedLine(run, /another │ /)
      run.child.kill(signal)
      const { code } = await run.ended
      if (signal === 'SIGINT') expect(code).toBe(130)
      expect(reports(run).map(({ verdict }) => verdict)).toEqual(['interrupted', 'interrupted'])
      await gone(run)
    },
  )
})
