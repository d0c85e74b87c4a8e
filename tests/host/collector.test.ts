import { spawnSync } from 'node:child_process'
import { createHash, createPublicKey } from 'node:crypto'
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { collect } from '../../src/host/collect.ts'
import { localShell } from '../../src/host/local.ts'
import { healthyTree, type TestTree } from '../support/host-tree.ts'
import { testTarget } from '../support/judging.ts'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
const { spec } = testTarget()

const has = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
const SHELLS = [
  { name: 'dash', argv: ['dash', '-s'] },
  { name: 'bash', argv: ['bash', '--posix', '-s'] },
  { name: 'busybox', argv: ['busybox', 'sh', '-s'] },
  { name: 'mksh', argv: ['mksh', '-s'] },
  { name: 'ksh', argv: ['ksh', '-s'] },
]

const signal = (): AbortSignal => AbortSignal.timeout(25_000)
const ask = ({ host }: TestTree, options: Parameters<typeof collect>[4] = {}, account = {}) =>
  collect(localShell(account), host, spec, signal(), options)

describe.each(SHELLS)('the collector under $name', ({ name, argv }) => {
  describe.skipIf(!has(name))(`where ${name} is installed`, () => {
    it('answers every section of a healthy host, and derives the public key of a private one', async () => {
      await using tree = await healthyTree()
      const { facts } = await ask(tree, { shell: argv })
      const missing = Object.entries(facts).flatMap(([section, fact]) => (fact.ok ? [] : [`${section}: ${fact.reason}`]))
      expect(missing).toEqual([])
      expect(facts.machine).toMatchObject({ facts: { cores: 16, memory: 65_842_120 * 1024, virtualization: '' } })
      expect(facts.engine).toMatchObject({ facts: { serverVersion: '27.5.1', loggingDriver: 'json-file' } })
      const der = createPublicKey(tree.key).export({ type: 'spki', format: 'der' })
      const publicKeySha256 = createHash('sha256').update(der).digest('hex')
      expect(facts.keys).toMatchObject({
        facts: { keys: [{ name: 'hook-receiver.key', label: 'PRIVATE KEY', publicKeySha256 }] },
      })
    })

    it('judges secrets where they lie and lets none of them out', async () => {
      await using tree = await healthyTree()
      const place = join(tree.tree.root, spec.paths.secrets)
      await writeFile(join(place, 'default'), 'changeme\n')
      await writeFile(join(place, 'odd'), 'two words\n\n')
      await mkdir(join(tree.tree.root, 'proc/77'))
      await writeFile(
        join(tree.tree.root, 'proc/77/cmdline'),
        `redis-server\0--requirepass\0${tree.tree.secrets.redis_password}\0`,
      )
      const { facts, text } = await ask(tree, { shell: argv })
      const contents = facts.secretContents.ok ? facts.secretContents.facts : undefined
      const of = (name: string) => contents?.secrets.find((secret) => secret.name === name)
      expect(of('default')).toMatchObject({ length: 8, distinct: 7, knownDefault: true, trailingNewlines: 'one' })
      expect(of('odd')).toMatchObject({ whitespace: true, trailingNewlines: 'several' })
      expect(of('redis_password')).toMatchObject({
        inProcessArguments: true,
        inProcessEnvironment: false,
        trailingNewlines: 'none',
      })
      const apiKey = tree.tree.secrets.api_key ?? ''
      const hash = createHash('sha256').update(`${contents?.salt}${apiKey}`).digest('hex')
      expect(of('api_key')).toMatchObject({ length: 64, saltedHash: hash, inProcessArguments: false, knownDefault: false })
      for (const secret of [...Object.values(tree.tree.secrets), 'two words']) expect(text).not.toContain(secret)
      const [, firstLine = ''] = tree.key.split('\n')
      expect(text).not.toContain(firstLine)
      expect(text).not.toContain(contents?.salt)
    })

    it('cuts off a section that hangs and answers the others', async () => {
      await using tree = await healthyTree()
      const standIn = join(tree.tree.root, 'usr/lib/stand-ins/timedatectl')
      await writeFile(standIn, '#!/bin/sh\nexec sleep 4\n')
      const { facts } = await ask(tree, { shell: argv, preamble: 'RUNBOOK_SECTION_SECONDS=1\n' })
      expect(facts.clock).toMatchObject({ ok: false, reason: expect.stringContaining('took longer than 1 s') })
      expect(facts.logs.ok).toBe(true)
    })

    // Hosts of the other shells have one.
    it.skipIf(/ksh/.test(name))('bounds a command that hangs where there is no timeout command', async () => {
      await using tree = await healthyTree()
      await writeFile(join(tree.tree.root, 'usr/lib/stand-ins/timeout'), '#!/bin/sh\nexit 127\n', { mode: 0o755 })
      const { facts } = await ask(tree, { shell: argv })
      expect(Object.entries(facts).filter(([, fact]) => !fact.ok)).toEqual([])
    })

    it.skipIf(!isRoot)('tells an ordinary user what it may not see, and the sudoers line that would allow it', async () => {
      await using tree = await healthyTree()
      const { facts } = await ask(tree, { shell: argv }, { uid: NOBODY, gid: NOBODY })
      expect(facts.machine.ok).toBe(true)
      expect(facts.keyFiles).toMatchObject({
        ok: false,
        reason: 'permission denied: deployer may not list /etc/ssl/private/omninode',
        remedy: expect.stringMatching(/deployer ALL=\(root\) NOPASSWD: \S*ls -1A -- \/etc\/ssl\/private\/omninode/),
      })
      expect(facts.secretContents).toMatchObject({ ok: false, reason: expect.stringContaining('permission denied') })
      expect(facts.envFile).toMatchObject({ ok: false, reason: 'permission denied: deployer may not enter /opt/omninode_bridge' })
    })
  })
})

describe('the questions', () => {
  it('quote every value: a path that is a command is a path', async () => {
    await using tree = await healthyTree()
    const evil = `/opt/it's "$(touch ${tree.tree.root}/touched)" \`touch ${tree.tree.root}/touched\`; touch ${tree.tree.root}/touched`
    const { facts } = await collect(localShell(), tree.host, { ...spec, paths: { ...spec.paths, envFile: evil } }, signal())
    expect(facts.envFile).toMatchObject({ ok: true, facts: { path: evil, exists: false } })
    expect(await readdir(tree.tree.root)).not.toContain('touched')
  })

  it('keep values of keys that look like secrets on the host', async () => {
    await using tree = await healthyTree()
    const text =
      'LOG_LEVEL=INFO\nAPI_KEY_FILE=/run/secrets/api_key\nDB_PASSWORD=hunter2hunter2\nURL=redis://:hunter3@redis:6379\nexport TOKEN="abc def"\n'
    await writeFile(join(tree.tree.root, spec.paths.envFile), text)
    const { facts } = await ask(tree)
    const sent = facts.envFile.ok ? facts.envFile.facts : undefined
    expect(sent?.text).toBe(
      'LOG_LEVEL=INFO\nAPI_KEY_FILE=/run/secrets/api_key\nDB_PASSWORD=[kept on the host: 14 characters]\nURL=redis://[kept on the host]@redis:6379\nexport TOKEN=[kept on the host: 9 characters]\n',
    )
    expect(sent?.sha256).toBe(createHash('sha256').update(text).digest('hex'))
  })
})

describe('a host that does not answer', () => {
  it('is unreachable when its shell is not there', async () => {
    await using tree = await healthyTree()
    await expect(ask(tree, { shell: ['no-such-shell'] })).rejects.toMatchObject({ name: 'Unreachable', refused: false })
  })

  it('is unreachable when the shell prints something else', async () => {
    await using tree = await healthyTree()
    await expect(ask(tree, { shell: ['sh', '-c', 'echo this account is locked >&2; exit 1'] })).rejects.toThrow(
      /ran no collector \(exit 1\): this account is locked/,
    )
  })

  it('has the sections that arrived when the answer breaks off', async () => {
    await using tree = await healthyTree()
    const { facts } = await ask(tree, { preamble: 'RUNBOOK_SECTIONS="account clock"\n' })
    expect(facts.account.ok).toBe(true)
    expect(facts.machine).toMatchObject({ ok: false, reason: 'the collector broke off before this section was done' })
  })

  it('leaves a section out that it answers with nonsense, and keeps the others', async () => {
    await using tree = await healthyTree()
    await chmod(join(tree.tree.root, 'usr/lib/stand-ins'), 0o755)
    await writeFile(join(tree.tree.root, 'proc/uptime'), 'soon\n')
    const { facts } = await ask(tree)
    expect(facts.load).toMatchObject({ ok: false, reason: expect.stringContaining('could not be understood') })
    expect(facts.machine.ok).toBe(true)
  })
})
