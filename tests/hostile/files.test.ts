import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadAttestations } from '../../src/attestations.ts'
import { UsageError } from '../../src/outcome.ts'
import { parseManifest, UnusableBackup } from '../../src/procedures/manifest.ts'
import { contentOf, textOf, verifyFile } from '../../src/procedures/stored-file.ts'
import { readHistory } from '../../src/report/history.ts'
import { loadTarget } from '../../src/targets/load.ts'
import { loadWaivers } from '../../src/waivers.ts'
import { assertSafe } from '../support/hostile/look.ts'
import { POISON } from '../support/hostile/poison.ts'

const NOW = new Date('2026-11-24T00:00:00Z')
const LINES = [
  { id: 'PRE-01', attestedDays: undefined },
  { id: 'MNT-01', attestedDays: 30 },
]
const BOUND_MS = 3_000

let directory: string
beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'hostile-files-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const bomb = (value: string): string =>
  [
    'a0: &a0 [x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: 9 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at}, `.repeat(9)}]`),
    value,
  ].join('\n')

/** What a person may be handed as a file of ours. */
const TEXTS: Readonly<Record<string, string | Buffer>> = {
  'an anchor bomb': bomb('name: x'),
  'a merge of an anchor': 'base: &base {name: x}\nother:\n  <<: *base\n',
  'a list ten thousand levels deep': '['.repeat(10_000) + ']'.repeat(10_000),
  'maps ten thousand levels deep': `${'{a: '.repeat(10_000)}1${'}'.repeat(10_000)}`,
  'a prototype': '__proto__: {allow: [drill]}\nname: x\n',
  'a constructor': 'constructor: {prototype: {allow: [drill]}}\n',
  'one key twice': 'name: a\nname: b\n',
  'a tag that would run': 'name: !!js/function "function(){ return 1 }"\n',
  'a second document': 'name: a\n---\nname: b\n',
  'NUL bytes': 'name: "a\\0b"\n\0\n',
  'bytes that are no UTF-8': Buffer.from([0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20, 0xff, 0xfe, 0xc0, 0x80, 0x0a]),
  'two megabytes': `name: ${'x'.repeat(2_000_000)}`,
  'a megabyte of one line': `name: ${'x'.repeat(900_000)}`,
  'half a megabyte of opening brackets': '['.repeat(500_000),
  'half a megabyte of dashes': '- '.repeat(250_000),
  'keys that steer the terminal': `"${POISON.replaceAll('"', '')
    .replaceAll('\\', '')
    .replace(/[\r\n\0\x07\x08\x1b\x7f\x9b]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)}": 1\n`,
  'a name that leads elsewhere': 'name: ../../etc/cron.d/x\nenvironment: test\n',
  'a port beyond all ports':
    'name: x\nenvironment: test\npostgres: {host: a, port: 1e999, database: a, user: a, password: {env: A}}\n',
  'text instead of a map': POISON.replaceAll('\0', ''),
  'nothing at all': '',
}

async function said(work: () => unknown): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof UsageError || error instanceof UnusableBackup) return error.message
    throw error
  }
  return ''
}

function fileOf(name: string, text: string | Buffer): string {
  const file = path.join(directory, `${name.replaceAll(/\W+/g, '-')}.yaml`)
  writeFileSync(file, text)
  return file
}

describe.each(Object.entries(TEXTS))('%s', (name, text) => {
  it.each([
    ['target file', (file: string) => loadTarget(file)],
    ['waivers file', (file: string) => loadWaivers(file, LINES, NOW)],
    ['attestations file', (file: string) => loadAttestations(file, LINES, NOW)],
  ])('is refused as a %s, in words that are safe to read', async (_, load) => {
    const file = fileOf(name, text)
    const start = performance.now()
    const words = await said(() => load(file))
    expect(performance.now() - start).toBeLessThan(BOUND_MS)
    expect(words).toContain(file)
    expect(words.length).toBeLessThan(20_000)
    assertSafe('terminal', words)
  })
})

describe('a waiver that waives too much', () => {
  it.each([
    ['every line', "check: '*'", /\[0\]\.check/],
    ['a list of lines', 'check: [PRE-01]', /check/],
    ['until the end of days', 'expires: 9999-12-31', /180|days away/],
    ['until a day that is none', 'expires: 2026-02-30', /expires/],
    ['without a reason', "justification: '          '", /justification/],
    ['what a person must sign', 'check: MNT-01', /signed by a person/],
    ['another outcome', 'outcome: passed', /outcome/],
  ])('%s', async (_, line, message) => {
    const good: Readonly<Record<string, string>> = {
      check: 'check: PRE-01',
      outcome: 'outcome: failed',
      justification: 'justification: the part comes next week',
      approvedBy: 'approvedBy: somebody',
      expires: 'expires: 2026-12-01',
      risk: 'risk: small',
    }
    const lines = Object.values({ ...good, [line.split(':')[0] ?? '']: line })
    const file = fileOf('waiver', `- ${lines.join('\n  ')}\n`)
    expect(await said(() => loadWaivers(file, LINES, NOW))).toMatch(message)
  })
})

const SHA = 'a'.repeat(64)
const manifest = (more: object = {}, file: object = {}): string =>
  JSON.stringify({
    format: 'runbook-backup@1',
    takenAt: '2026-01-01T00:00:00Z',
    tookMs: 1,
    database: {
      name: 'a',
      serverVersion: 150_000,
      method: 'copy',
      schemaHash: SHA,
      schemaVersion: null,
      tables: [{ name: 't', rows: 1, newest: null }],
    },
    files: [{ path: 'database/t.copy.gz', sha256: SHA, bytes: 1, contentBytes: 1, ...file }],
    images: {},
    configuration: [],
    ...more,
  })

describe('a manifest', () => {
  it.each([
    ['whose file leads out', manifest({}, { path: '../../etc/passwd' })],
    ['whose file leads out on a detour', manifest({}, { path: 'database/../../x' })],
    ['whose file is absolute', manifest({}, { path: '/etc/passwd' })],
    ['whose file leads out the other way', manifest({}, { path: '..\\..\\x' })],
    ['whose file holds NUL', manifest({}, { path: 'database/t\0.gz' })],
    ['of negative length', manifest({}, { bytes: -1 })],
    ['of a length beyond all numbers', manifest().replace('"bytes":1', '"bytes":1e999')],
    ['with a prototype', manifest().replace('"images":{}', '"images":{"__proto__":"x"},"__proto__":{"images":{}}')],
    ['that puts files elsewhere', manifest({ configuration: [{ path: 'config/x', original: 'etc/passwd', mode: '0777' }] })],
    ['that is deep', '['.repeat(100_000)],
    ['that is markup', POISON],
    ['of another format', manifest({ format: 'runbook-backup@2' })],
  ])('%s is refused', async (_, text) => {
    const start = performance.now()
    const words = await said(() => parseManifest(text, 'backups/x'))
    expect(words).toMatch(/^backups\/x: the manifest/)
    expect(performance.now() - start).toBeLessThan(BOUND_MS)
    assertSafe('terminal', words)
  })
})

describe('a backup', () => {
  const stored = (name: string, bytes: Buffer, contentBytes: number) => {
    writeFileSync(path.join(directory, name), bytes)
    return { path: name, sha256: SHA, bytes: bytes.length, contentBytes }
  }

  it.each([
    ['that unpacks to fifty megabytes more than it says', stored.bind(null, 'bomb.gz', gzipSync(Buffer.alloc(50_000_000))), 10],
    ['that is cut off', stored.bind(null, 'cut.gz', gzipSync(Buffer.alloc(100_000, 'x')).subarray(0, 60)), 100_000],
    ['that is not packed', stored.bind(null, 'plain.gz', Buffer.from('plain')), 5],
    ['that says it holds a terabyte', stored.bind(null, 'huge.gz', gzipSync('x')), 1e12],
  ])('%s is refused, and is never held in memory', async (_, store, contentBytes) => {
    const file = store(contentBytes)
    const before = process.memoryUsage().rss
    expect(await said(() => textOf(contentOf(directory, file), file, 1_000_000))).not.toBe('')
    expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000)
    expect(await said(() => verifyFile(directory, file))).toMatch(/altered|truncated/)
  })
})

it('a history full of rubbish is read as far as it is one', async () => {
  const lines = [
    '{',
    '[]',
    '{"__proto__":{}}',
    POISON.replaceAll(/[\r\n]/g, ''),
    '['.repeat(100_000),
    'x'.repeat(1_000_000),
    '1e999',
  ]
  const file = fileOf('history', lines.join('\n'))
  expect(await readHistory(file)).toEqual({ entries: [], unreadable: lines.length })
})
