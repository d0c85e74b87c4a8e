import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Nodes } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { toString as textOf } from 'mdast-util-to-string'
import { expect } from 'vitest'
import { evaluate } from '../../../src/evaluate.ts'
import { Observer } from '../../../src/observe.ts'
import type { Probe } from '../../../src/probe.ts'
import { cap, createRedactor } from '../../../src/redact.ts'
import { reportSchema } from '../../../src/report/model.ts'
import { openReportStore } from '../../../src/report/store.ts'
import { endOfRun } from '../../../src/report/terminal.ts'
import type { CheckResult } from '../../../src/result.ts'
import { testTarget } from '../judging.ts'
import { entry, sampleReport } from '../sample-report.ts'
import { ACTING, STEERING } from './poison.ts'

/** Nothing that a remote side sends may cost more, in bytes: what is kept is capped at a few MiB, the rest is garbage on its way. */
const MOST_MEMORY = 160 * 1024 * 1024
const EVIDENCE_BYTES = 64_000
const FILES = ['index.html', 'junit.xml', 'report.json', 'summary.md']

export interface Looked {
  readonly result: Omit<CheckResult, 'connections'>
  readonly ms: number
  /** Everything that a person or a program may read of it, by file; `terminal` is what is printed. */
  readonly shown: ReadonlyMap<string, string>
}

interface Looking<T> {
  readonly probe: Probe<T>
  /** What a line would say of the answer; without one, any answer is accepted. */
  readonly judge?: (value: T) => void
  readonly secrets?: Readonly<Record<string, string>>
  readonly spec?: Parameters<typeof testTarget>[0]
}

/** Lets the real engine look through that probe, and the real writers tell of it; asserts that memory stays bounded and the report safe. */
export async function lookAt<T>({ probe, judge = () => undefined, secrets = {}, spec = {} }: Looking<T>): Promise<Looked> {
  const target = testTarget({ allow: ['read', 'exec', 'synthetic-write', 'load', 'copy-data', 'drill'], ...spec })
  const observer = new Observer({ runId: 'hostile', allows: target.spec.allow, secrets, onAccess: () => undefined })
  const redact = createRedactor(Object.values(secrets))
  const memory = watchMemory()
  const start = performance.now()
  const result = await evaluate(
    {
      id: 'PRE-01',
      sentence: 'The answer is what the line promises.',
      location: 'here',
      accesses: () => [probe.access],
      async run(_, looking) {
        judge(await looking.observeAll(probe))
        looking.expect(true).toBe(true)
      },
    },
    {
      target,
      expect,
      observer,
      clean: (raw) => cap(redact(raw), EVIDENCE_BYTES),
      now: new Date(),
      signal: new AbortController().signal,
    },
  )
  const ms = performance.now() - start
  await observer.close()
  expect(memory.most(), 'bytes of memory that the answer cost').toBeLessThan(MOST_MEMORY)
  return { result, ms, shown: await shownOf(result) }
}

/** Writes the report of one result with the real writers and reads all of it back; asserts that it is safe to read. */
export async function shownOf(result: Omit<CheckResult, 'connections'>): Promise<Map<string, string>> {
  const { id, outcome, reason, cause, failure, evidence, measurements } = result
  const report = sampleReport((sample) => ({
    ...sample,
    checks: [entry({ id, outcome, reason, cause, failure, evidence: [...evidence] })],
    measurements: [...measurements],
  }))
  const out = await mkdtemp(path.join(os.tmpdir(), 'hostile-report-'))
  try {
    const store = await openReportStore({ out, target: 'hostile', startedAt: new Date() })
    await store.finish(report)
    expect((await readdir(store.directory)).sort()).toEqual(FILES)
    const files = await Promise.all(
      FILES.map(async (file) => [file, await readFile(path.join(store.directory, file), 'utf8')] as const),
    )
    const terminal = endOfRun(report, { colour: false, directory: store.directory })
    const shown = new Map([...files, ['terminal', terminal]])
    for (const [file, text] of shown) assertSafe(file, text)
    reportSchema.parse(JSON.parse(shown.get('report.json') ?? ''))
    return shown
  } finally {
    await rm(out, { recursive: true })
  }
}

/** A person may open it, a terminal may show it, a workflow may read its lines. */
export function assertSafe(file: string, text: string): void {
  const steering = STEERING.exec(text)
  expect(
    steering === null ? '' : JSON.stringify(text.slice(Math.max(0, steering.index - 40), steering.index + 40)),
    `what steers in ${file}`,
  ).toBe('')
  const acting = file === 'summary.md' ? actingMarkdown(text) : (ACTING[file] ?? []).filter((one) => text.includes(one))
  expect(acting, `what acts in ${file}`).toEqual([])
}

/** Markup, headings and links that the poison has become; in a fence it is text. */
function actingMarkdown(text: string): string[] {
  const nodes: Nodes[] = [fromMarkdown(text)]
  for (const node of nodes) if ('children' in node) nodes.push(...node.children)
  return nodes
    .filter(({ type }) => type === 'html' || type === 'heading' || type === 'link' || type === 'image')
    .map((node) => (node.type === 'html' ? node.value : textOf(node)) + ('url' in node ? node.url : ''))
    .filter((one) => /hostile|owned/.test(one))
}

/** The most that is in use from now on, above what is in use now. */
function watchMemory(): { most(): number } {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = (): number => {
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  collect()
  const before = used()
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, used())
  }, 10)
  return {
    most() {
      clearInterval(timer)
      return Math.max(most, used()) - before
    },
  }
}
