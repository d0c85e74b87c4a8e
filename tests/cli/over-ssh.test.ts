import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { targetFileText } from '../../src/cli/init/file.ts'
import { explore } from '../../src/cli/init/found.ts'
import { targetOf } from '../../src/targets/load.ts'
import { yamlSource } from '../../src/yaml-file.ts'
import { printedLine, runCli } from '../support/run-cli.ts'
import { silentServer } from '../support/silent.ts'
import { SSHD, startSshd } from '../support/sshd.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'over-ssh-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function target(name: string, sshConfig: string): string {
  const file = path.join(folder, `${name}.yaml`)
  const host = `  services: { shell: ssh, address: web, sshConfig: ${sshConfig} }`
  writeFileSync(file, `name: ${name}\nenvironment: test\nhosts:\n${host}\n`)
  return file
}

describe.skipIf(SSHD === undefined)('over ssh', () => {
  it('a first target file is written of what the host tells, and reaches inside through it', async () => {
    await using sshd = await startSshd()
    const found = await explore(sshd.host(), new AbortController().signal)
    expect(found.account).not.toBe('')
    const product = targetOf(yamlSource('name: new\nenvironment: unknown\n', 'new.yaml'))
    const written = targetOf(yamlSource(targetFileText('web', found, product), 'web.yaml'))
    expect(written).toMatchObject({ hosts: { services: { shell: 'ssh', address: 'web' } }, reach: { through: 'services' } })
  })

  it('a host that takes connections and says nothing holds up no other, and is told as such', async () => {
    await using sshd = await startSshd()
    await using silent = await silentServer()
    const dead = sshd.config(`Host web\n  HostName 127.0.0.1\n  Port ${silent.port}\n`)
    const files = [target('alive', sshd.config(sshd.entry('web'))), target('dead', dead)]
    using run = runCli(['--check=PRE-01,PRE-15', `--target=${files.join(',')}`, '--no-color'])
    await printedLine(run, /alive │ . PRE-15 \w+/)
    expect(run.printed()).not.toMatch(/dead │ . PRE-15/)
    const { code, text } = await run.ended
    expect(text).toMatch(/dead │ \? PRE-15 unobserved/)
    expect(text).toMatch(/dead +INCONCLUSIVE \(exit 3\)/)
    expect(code).not.toBe(0)
  })
})
