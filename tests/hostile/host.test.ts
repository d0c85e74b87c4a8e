import { expect } from 'vitest'
import { collect } from '../../src/host/collect.ts'
import type { HostFacts } from '../../src/host/facts.ts'
import { localShell } from '../../src/host/local.ts'
import { Unobserved } from '../../src/outcome.ts'
import { type HostileCase, hostile } from '../support/hostile/cases.ts'
import { POISON } from '../support/hostile/poison.ts'
import { testTarget } from '../support/judging.ts'
import { fakeProbe } from '../support/probes.ts'

const { spec } = testTarget()
const HOST = { shell: 'local', address: '', root: '', simulated: false, sudo: false } as const

/** A host whose shell is that program: `n` is the round trip's nonce, `say` prints, `section` sends a whole section. */
function program(body: string): string {
  return `
    let asked = ''
    process.stdout.on('error', () => process.exit())
    process.stdin.on('data', (chunk) => { asked += chunk })
    process.stdin.on('end', () => {
      const n = /[0-9a-f]{24}/.exec(asked)[0]
      const say = (text) => process.stdout.write(text)
      const section = (name, text) => say('@@' + n + ' begin\\t' + name + '\\n' + text + '\\n@@' + n + ' end\\n')
      const endless = (text) => { const more = () => { while (process.stdout.write(text)); process.stdout.once('drain', more) }; more() }
      const machine = 'online\\t8\\nMemTotal\\t1024\\n'
      ${body}
    })`
}

function host(name: string, body: string, outcome: HostileCase['outcome'], says = /./, timeoutMs = 3_000): HostileCase {
  return {
    name,
    outcome,
    says,
    async probe() {
      return fakeProbe(
        async ({ signal }) => {
          const shell = [process.execPath, '-e', program(body)]
          const { facts, text } = await collect(localShell(), HOST, spec, signal, { shell, timeoutMs })
          return { value: facts, raw: text }
        },
        { kind: 'host', address: 'local', deadlineMs: timeoutMs + 500 },
      )
    },
  }
}

const SHORT_MS = 1_200

hostile<HostFacts>(
  'a host that tells of itself',
  {
    judge({ machine, account, backups, engine }) {
      for (const fact of [machine, account, backups, engine])
        if (!fact.ok && fact.text !== '') throw new Unobserved({ id: 'missing', text: fact.reason })
      if (!machine.ok) throw new Unobserved({ id: 'missing', text: machine.reason })
      expect(machine.facts.cores).toBe(8)
    },
  },
  [
    host('no word at all', '', 'unobserved', /ran no collector/),
    host('words that are none of ours', `say(${JSON.stringify(POISON)})`, 'unobserved', /ran no collector/),
    host('a banner without end', 'endless("Welcome!\\n".repeat(1000))', 'unobserved', /did not end within/, SHORT_MS),
    host(
      'marks of another round trip',
      'say("@@" + "0".repeat(24) + " begin\\tmachine\\n" + machine)',
      'unobserved',
      /ran no collector/,
    ),
    host(
      'a section without end',
      'say("@@" + n + " begin\\tmachine\\n"); endless("x".repeat(65536))',
      'unobserved',
      /did not end within/,
      SHORT_MS,
    ),
    host('silence', 'setInterval(() => {}, 1000)', 'unobserved', /did not end within/, SHORT_MS),
    host(
      'twenty megabytes on the other channel',
      'process.stderr.write("x".repeat(20e6)); section("machine", machine)',
      'passed',
    ),
    host('a section that breaks off', 'say("@@" + n + " begin\\tmachine\\n" + machine)', 'unobserved', /broke off/),
    host(
      'an end without a beginning',
      'say("@@" + n + " end\\n@@" + n + " eof\\n@@" + n + " begin\\tx\\n")',
      'unobserved',
      /broke off/,
    ),
    host(
      'sections that would be prototypes',
      'section("__proto__", machine); section("constructor", machine); section("toString", "")',
      'unobserved',
      /broke off/,
    ),
    host(
      'one section twice, contradicting itself',
      'section("machine", machine); section("machine", "online\\t-1\\n")',
      'unobserved',
    ),
    host('numbers that are none', 'section("machine", "online\\tNaN\\nMemTotal\\t1e999\\n")', 'unobserved', /understood/),
    host('numbers beyond all numbers', `section("machine", "online\\t${'9'.repeat(400)}\\nMemTotal\\t1\\n")`, 'unobserved'),
    host('negative numbers', 'section("machine", "online\\t-8\\nMemTotal\\t-1\\n")', 'unobserved', /understood/),
    host(
      'a reason that steers the terminal',
      `say('@@' + n + ' begin\\tmachine\\n@@' + n + ' fail\\t' + ${JSON.stringify(POISON.replaceAll(/[\r\n]/g, ' '))} + '\\tnothing\\n@@' + n + ' end\\n')`,
      'unobserved',
      /owned/,
    ),
    host('rows that steer the terminal', `section("account", ${JSON.stringify(`name\t${POISON}`)})`, 'unobserved'),
    host('a row of ten megabytes', 'section("machine", "online\\t" + "8".repeat(10e6))', 'unobserved'),
    host('a million rows', 'section("backups", "entry\\tx\\n".repeat(1e6))', 'unobserved'),
    host('a million tabs', 'section("machine", "\\t".repeat(1e6))', 'unobserved'),
    host(
      'NUL and bytes that are no UTF-8',
      'process.stdout.write(Buffer.from("@@" + n + " begin\\tmachine\\nonline\\t8\\0\\xff\\n@@" + n + " end\\n", "latin1"))',
      'unobserved',
    ),
    host(
      'backups whose names lead elsewhere',
      'section("backups", "entry\\t../../etc/passwd\\nentry\\t/etc/shadow\\n")',
      'unobserved',
    ),
    host('an engine that answers deeply', 'section("engine", "logConfig\\t" + "[".repeat(1e5))', 'unobserved'),
  ],
)
