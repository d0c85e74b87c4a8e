import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collect } from '../../../src/host/collect.ts'
import { openShell } from '../../../src/host/open.ts'
import type { CommandResult, Shell } from '../../../src/host/shell.ts'
import { Lost } from '../../../src/host/shell.ts'
import { Unreachable } from '../../../src/outcome.ts'
import type { HostSpec } from '../../../src/targets/schema.ts'
import { healthyTree } from '../../support/host-tree.ts'
import { testTarget } from '../../support/judging.ts'
import { SSHD, startSshd, type TestSshd, wireTo } from '../../support/sshd.ts'

const options = (more: { stdin?: string; maxBytes?: number; timeoutMs?: number; signal?: AbortSignal } = {}) => ({
  timeoutMs: 10_000,
  maxBytes: 10_000,
  signal: new AbortController().signal,
  ...more,
})

async function withShell<T>(host: HostSpec, use: (shell: Shell) => Promise<T>): Promise<T> {
  const shell = await openShell(host)
  try {
    return await use(shell)
  } finally {
    await shell.close()
  }
}

const once = (host: HostSpec, argv: readonly string[], more = {}): Promise<CommandResult> =>
  withShell(host, (shell) => shell.run(argv, options(more)))

async function causeOf(host: HostSpec): Promise<string> {
  const error: unknown = await once(host, ['true']).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(Unreachable)
  expect(error).toMatchObject({ refused: false, rootCause: { id: `unreachable:ssh:${host.address}` } })
  return (error as Unreachable).rootCause.text
}

describe.skipIf(SSHD === undefined)('the ssh shell (needs sshd)', () => {
  let sshd: TestSshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd[Symbol.asyncDispose]())

  it('gives exit code, output and complaint apart, whatever the words are', async () => {
    const said = `it's "$HOME" \`x\` \\ *\n$(y)`
    const result = await once(sshd.host(), ['sh', '-c', 'cat; printf %s "$1"; echo no >&2; exit 3', 'sh', said], { stdin: 'in ' })
    expect(result).toEqual({ exitCode: 3, stdout: `in ${said}`, stderr: 'no\n', truncated: false })
  })

  it('takes 255 for the exit code of a command that ended so', async () => {
    expect(await once(sshd.host(), ['sh', '-c', 'exit 255'])).toMatchObject({ exitCode: 255, stderr: '' })
    expect(await once(sshd.host(), ['no-such-command'])).toMatchObject({ exitCode: 127 })
  })

  it('takes a command that is killed with its shell as lost, never as an answer', async () => {
    await expect(once(sshd.host(), ['sh', '-c', 'kill -9 $PPID; sleep 1'])).rejects.toThrow(/ended without an exit code/)
  })

  it('keeps no more of a big output than it was told to, nor of a big complaint', async () => {
    const result = await once(sshd.host(), ['sh', '-c', 'yes | head -c 5000000; yes | head -c 5000000 >&2; exit 4'])
    expect(result).toMatchObject({ exitCode: 4, truncated: true })
    expect(result.stdout.length).toBe(10_000)
    expect(result.stderr.length).toBe(10_000)
  })

  it('ends a command at its time-out, and when the observation is cut off', async () => {
    await expect(once(sshd.host(), ['sleep', '5'], { timeoutMs: 300 })).rejects.toThrow(/did not end within 300 ms/)
    await expect(once(sshd.host(), ['sleep', '5'], { signal: AbortSignal.timeout(300) })).rejects.toThrow(/was cut off/)
  })

  it('sends everything over one connection', async () => {
    await using wire = await wireTo(sshd.port)
    await withShell(sshd.host([`Port ${wire.port}`]), async (shell) => {
      const results = await Promise.all(['1', '2', '3', '4', '5'].map((word) => shell.run(['echo', word], options())))
      expect(results.map(({ stdout }) => stdout).join('')).toBe('1\n2\n3\n4\n5\n')
    })
    expect(wire.connections()).toBe(1)
  })

  it('goes through a jump host', async () => {
    await using jump = await startSshd()
    const sshConfig = sshd.config(`${jump.entry('jump')}${sshd.entry('web', ['ProxyJump jump'])}`)
    expect(await once({ ...sshd.host(), sshConfig }, ['echo', 'beyond'])).toMatchObject({ exitCode: 0, stdout: 'beyond\n' })
  })

  it('does not let ssh_config accept an unknown key, neither of the host nor of a jump host', async () => {
    await using jump = await startSshd()
    const lax = ['StrictHostKeyChecking no', 'UserKnownHostsFile /dev/null']
    const text = await causeOf(sshd.host(lax))
    expect(text).toMatch(/the host key of the-test-host is not known here; it shows ssh-ed25519 SHA256:/)
    expect(text).toContain(sshd.fingerprint)
    const sshConfig = sshd.config(`${jump.entry('jump', lax)}${sshd.entry('web', ['ProxyJump jump'])}`)
    expect(await causeOf({ ...sshd.host(), sshConfig })).toMatch(/host key of the-test-host is not known here/)
  })

  it('says that a host key has changed, with both places', async () => {
    await using other = await startSshd()
    const known = path.join(other.directory, 'known_hosts')
    const text = await causeOf(sshd.host([`UserKnownHostsFile ${known}`]))
    expect(text).toMatch(/host key has CHANGED/)
    expect(text).toContain(sshd.fingerprint)
    expect(text).toContain(`${known} line 1`)
  })

  it('says who was not let in, with which key', async () => {
    expect(await causeOf(sshd.host(['User no-such-account']))).toMatch(
      /no-such-account@127\.0\.0\.1 was not let in \(it takes publickey\)/,
    )
    const key = path.join(sshd.directory, 'other-key')
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
    expect(
      await causeOf(
        sshd.host([], { sshConfig: sshd.config(sshd.entry('web').replace(/IdentityFile .*/, `IdentityFile ${key}`)) }),
      ),
    ).toMatch(/none of the keys that were offered is accepted \(.*other-key ED25519 SHA256:/)
  })

  it('says what kept it from connecting', async () => {
    await using wire = await wireTo(1)
    expect(await causeOf(sshd.host(['Port 1']))).toMatch(/nothing listens on 127\.0\.0\.1 port 1/)
    expect(await causeOf(sshd.host(['HostName no-such-host.invalid']))).toMatch(/no-such-host\.invalid does not resolve/)
    expect(await causeOf(sshd.host([`Port ${wire.port}`]))).toMatch(/was taken and given up/)
    expect(await causeOf(sshd.host(['NoSuchOption yes']))).toMatch(/ssh_config is wrong: .*NoSuchOption/i)
  })

  it('says so where the account runs no command of ours', async () => {
    await using forced = await startSshd(['ForceCommand echo only backups here'])
    expect(await causeOf(forced.host())).toMatch(/runs no command of ours \(it answered: only backups here\)/)
  })

  it('keeps what was printed before the connection was lost, and connects no second time', async () => {
    await using wire = await wireTo(sshd.port)
    await withShell(sshd.host([`Port ${wire.port}`]), async (shell) => {
      const running = shell.run(['sh', '-c', 'echo seen; sleep 5'], options())
      setTimeout(() => wire.cut(), 1_000)
      const lost: unknown = await running.catch((error: unknown) => error)
      expect(lost).toBeInstanceOf(Lost)
      expect(lost).toMatchObject({
        seen: 'seen\n',
        rootCause: { text: expect.stringMatching(/the ssh connection to web was lost/) },
      })
      await expect(shell.run(['true'], options())).rejects.toThrow(/the ssh connection to web was lost/)
    })
    expect(wire.connections()).toBe(1)
  })

  it('collects the facts of a host in a few round trips, and of a connection lost in between those that had come', async () => {
    await using healthy = await healthyTree()
    await using wire = await wireTo(sshd.port)
    const { spec } = testTarget()
    const host = sshd.host([`Port ${wire.port}`], { root: healthy.host.root, path: healthy.host.path, simulated: true })
    await withShell(host, async (shell) => {
      const before = wire.turns()
      const whole = await collect(shell, host, spec, AbortSignal.timeout(25_000))
      expect(wire.turns() - before).toBeLessThanOrEqual(12)
      expect(Object.values(whole.facts).filter(({ ok }) => !ok).length).toBeLessThan(5)
      // A docker that hangs: what comes before it has come by the time the wire is cut.
      writeFileSync(path.join(healthy.host.root, 'usr/lib/stand-ins/docker'), '#!/bin/sh\nsleep 20\n', { mode: 0o755 })
      const cut = setTimeout(() => wire.cut(), 3_000)
      const { facts } = await collect(shell, host, spec, AbortSignal.timeout(25_000))
      clearTimeout(cut)
      expect(facts.machine.ok).toBe(true)
      expect(facts.logs).toMatchObject({
        ok: false,
        cause: { id: 'unreachable:ssh:web', text: expect.stringMatching(/was lost/) },
      })
    })
  })

  it('leaves neither a process nor a file behind', async () => {
    const { TMPDIR } = process.env
    process.env.TMPDIR = sshd.directory
    try {
      await withShell(sshd.host(), async (shell) => {
        await shell.run(['true'], options())
        expect(processesIn(sshd)).toHaveLength(1)
      })
      await causeOf(sshd.host(['Port 1']))
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = TMPDIR
    }
    expect(processesIn(sshd)).toEqual([])
    expect(readdirSync(sshd.directory).filter((name) => name.startsWith('ssh-'))).toEqual([])
  })
})

/** ssh processes whose control socket lies in that directory. */
function processesIn({ directory }: TestSshd): string[] {
  const all = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n')
  return all.filter((line) => line.startsWith('ssh ') && line.includes(`-S ${directory}`))
}
