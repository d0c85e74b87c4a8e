import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { collectorScript } from '../../src/host/collect.ts'
import { questions } from '../../src/host/questions.ts'
import type { HostSpec, TargetSpec } from '../../src/targets/schema.ts'
import { healthyTree } from '../support/host-tree.ts'
import { testTarget } from '../support/judging.ts'
import { CAN_TRACE, traced } from '../support/strace.ts'

const { spec } = testTarget()
// Not ksh93: it keeps what a command prints in a nameless file of its own, whatever the script.
const SHELLS = [['dash'], ['bash', '--posix'], ['busybox', 'sh'], ['mksh']]
const NOTHING = { writes: [], connections: [], signals: [] }
const HERE: HostSpec = { shell: 'local', address: 'localhost', root: '', simulated: false, sudo: false }

const isInstalled = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0

async function script(host: HostSpec, about: TargetSpec, more = ''): Promise<string> {
  return `${questions(host, about, { nonce: 'n', salt: 's' })}\n${more}\n${await collectorScript()}`
}

/** Without the addresses that a host is asked to connect to, the collector connects to nothing. */
function withoutAddresses(): TargetSpec {
  const { postgres, redis, kafka, ...rest } = spec
  return { ...rest, expect: { ...rest.expect, outbound: [] } }
}

describe.skipIf(!CAN_TRACE)('the collector, seen by the kernel (needs strace)', () => {
  describe.each(SHELLS)('under %s %s', (command, ...options) => {
    it.skipIf(!isInstalled(command))(`only reads (where ${command} is installed)`, async () => {
      await using tree = await healthyTree()
      const before = await everything(tree.tree.root)
      const argv = [command, ...options.filter((option) => option !== undefined), '-s']
      const { stdout, ...deeds } = await traced(argv, await script(tree.host, withoutAddresses()))
      expect(stdout).toContain('@@n done')
      expect(deeds).toEqual(NOTHING)
      expect(await everything(tree.tree.root)).toEqual(before)
    })
  })

  it('only reads this very machine, with the commands that it really has', async () => {
    const { stdout, ...deeds } = await traced(['sh', '-s'], await script(HERE, withoutAddresses()))
    expect(stdout).toContain('@@n done')
    expect(deeds).toEqual(NOTHING)
  }, 60_000)

  it('connects where the target file says that the host must be able to, and nowhere else', async () => {
    const about = withoutAddresses()
    const asked = { ...about, expect: { ...about.expect, outbound: ['127.0.0.1:1'] } }
    const { connections, writes } = await traced(['sh', '-s'], await script(HERE, asked))
    expect(connections.length).toBeGreaterThan(0)
    expect(connections.filter((call) => !/sin_port=htons\(1\).*127\.0\.0\.1/.test(call))).toEqual([])
    expect(writes).toEqual([])
  }, 60_000)

  it.each([
    ['a file that is written', 'collect_clock() { : >"$RUNBOOK_ROOT/planted"; }', 'writes', /planted.*O_CREAT/],
    ['a file that is removed', 'collect_clock() { rm -f "$RUNBOOK_ROOT/planted"; }', 'writes', /unlink.*planted/],
    ['a mode that is changed', 'collect_clock() { chmod 700 "$RUNBOOK_ROOT"; }', 'writes', /chmod/],
    ['a connection', "collect_clock() { bash -c 'exec 3<>/dev/tcp/127.0.0.1/1'; }", 'connections', /AF_INET.*htons\(1\)/],
    ['a signal', 'collect_clock() { kill -CONT "$PPID"; }', 'signals', /SIGCONT/],
  ] as const)('is caught where there is %s', async (_, plant, kind, words) => {
    await using tree = await healthyTree()
    const text = await script(tree.host, withoutAddresses())
    const planted = text.replace('\n# The one statement that does something; it stands last.', `\n${plant}\n`)
    expect(planted).not.toBe(text)
    const deeds = await traced(['dash', '-s'], planted)
    expect(deeds[kind]).toContainEqual(expect.stringMatching(words))
  })
})

async function everything(root: string): Promise<string[]> {
  return (await readdir(root, { recursive: true })).sort()
}
