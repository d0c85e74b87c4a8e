import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadAttestations } from '../../src/attestations.ts'
import { parseOptions } from '../../src/cli/options.ts'
import { interpolated, variablesIn, withValues } from '../../src/compose/variables.ts'
import { parseEnvFile } from '../../src/host/env-file.ts'
import { cutSections } from '../../src/host/frame.ts'
import { parseFacts } from '../../src/host/parse.ts'
import { UsageError } from '../../src/outcome.ts'
import { parseExposition } from '../../src/probes/exposition.ts'
import { parseManifest, UnusableBackup } from '../../src/procedures/manifest.ts'
import { readHistory } from '../../src/report/history.ts'
import { parseSuite } from '../../src/runbook.ts'
import { loadWaivers } from '../../src/waivers.ts'
import { yamlSource } from '../../src/yaml-file.ts'

const text = fc.string({ unit: 'binary', maxLength: 300 })
/** Text that looks like what is parsed, so that it comes further than noise would. */
const like = (...words: string[]) =>
  fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 6 })), { maxLength: 40 }).map((parts) => parts.join(''))

/** A reference as a shell writes it. */
const reference = (name: string): string => `$${`{${name}}`}`

let directory: string
beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'properties-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** The work ends with a value or with an error that is meant for the operator; anything else is a defect. */
function orToldAs(types: readonly (new (message: string) => Error)[], work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if (!types.some((type) => error instanceof type)) throw error
  }
}

describe('whatever is read', () => {
  const NONCE = 'a'.repeat(24)
  const context = { root: '', salt: 's', exchange: { startMs: 1, endMs: 2, hostEndMs: null } }
  const mark = (words: string): string => `\n@@${NONCE} ${words}\n`

  it('a host’s answer is facts or a reason, section by section', () => {
    const answer = like(
      mark('begin\tmachine'),
      mark('begin\tbackups'),
      mark('text\t/x'),
      mark('eof'),
      mark('fail\tno\tdo'),
      mark('end'),
      '\t',
      '\n',
      'entry',
      '9',
      '-1',
    )
    fc.assert(
      fc.property(fc.oneof(text, answer), (sent) => {
        for (const fact of Object.values(parseFacts(sent, NONCE, context))) expect(fact.ok ? 'facts' : fact.reason).not.toBe('')
      }),
    )
  })

  it('a file on a host forges no mark without the nonce', () => {
    fc.assert(
      fc.property(
        text.filter((sent) => !sent.includes(NONCE)),
        (sent) => {
          const answer = `${mark('begin\tenvFile')}${mark('text\t/x')}${sent}${mark('eof')}${mark('end')}`
          const section = cutSections(answer, NONCE).get('envFile')
          expect(section?.files.map((file) => file.text.trim())).toEqual([sent.trim()])
          expect(section?.complete).toBe(true)
        },
      ),
    )
  })

  it('metrics are samples or one named problem', () => {
    const lines = like('up', '{', '}', 'a="', '"', ',', ' ', '\n', '# TYPE x counter', '1', '\\', 'NaN', '__proto__')
    fc.assert(
      fc.property(fc.oneof(text, lines), (sent) => {
        const parsed = parseExposition(sent)
        if (parsed.ok) for (const { value } of parsed.value.samples) expect(typeof value).toBe('number')
        else expect(parsed.problem).not.toBe('')
      }),
    )
  })

  it('metrics that were written come back, whatever is in their labels', () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,10}$/)
    const value = fc.double({ noDefaultInfinity: true, noNaN: true }).map((number) => (Object.is(number, -0) ? 0 : number))
    fc.assert(
      fc.property(name, fc.dictionary(name, text, { maxKeys: 4 }), value, (metric, labels, number) => {
        const escaped = (label: string): string => label.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
        const list = Object.entries(labels).map(([key, label]) => `${key}="${escaped(label)}"`)
        const parsed = parseExposition(`${metric}{${list.join(',')}} ${number}\n`)
        const sample = parsed.ok ? parsed.value.samples[0] : undefined
        expect({ ...sample, labels: Object.entries(sample?.labels ?? {}) }).toEqual({
          name: metric,
          value: number,
          labels: Object.entries(labels),
        })
      }),
    )
  })

  it('an environment file is assignments and problems; what single quotes hold is taken literally', () => {
    const lines = like('A', '=', '"', "'", '\n', '#', ' ', '\\', reference('B'), 'export ', '\r', '\uFEFF', '__proto__=')
    fc.assert(
      fc.property(fc.oneof(text, lines), (sent) => {
        const { assignments, problems, values } = parseEnvFile(sent)
        const count = sent.split(/\r?\n/).length
        for (const { line } of [...assignments, ...problems]) expect(line).toBeLessThanOrEqual(count)
        for (const { key } of assignments) expect(values.has(key)).toBe(true)
      }),
    )
    fc.assert(
      fc.property(
        text.filter((value) => !/['\r]/.test(value)),
        (value) => {
          expect(parseEnvFile(`KEY='${value}'\n`).values.get('KEY')).toBe(value)
        },
      ),
    )
  })

  it('compose variables are found and replaced, and nothing that a value holds is replaced again', () => {
    const words = like('$', '{', '}', '$$', 'A', ':-', ':?', '+', `${'$'}{A:-`, reference('B'))
    fc.assert(
      fc.property(fc.oneof(text, words), text, (sent, value) => {
        const names = variablesIn(sent).map(({ name }) => name)
        const filled = interpolated(sent, new Map(names.map((name) => [name, value])))
        expect(typeof filled).toBe('string')
        expect(interpolated(`a${reference('X')}b`, new Map([['X', sent]]))).toBe(`a${sent}b`)
      }),
    )
    const polluted = withValues(JSON.parse('{"__proto__":{"x":"$A"},"constructor":"$A"}'), new Map([['A', '1']]))
    expect(JSON.stringify(polluted)).toBe('{"__proto__":{"x":"1"},"constructor":"1"}')
  })

  it('a manifest is whole or unusable, and no file of it leads out of the backup', () => {
    fc.assert(fc.property(fc.oneof(text, fc.json()), (sent) => orToldAs([UnusableBackup], () => parseManifest(sent, 'x'))))
    const sha256 = 'a'.repeat(64)
    fc.assert(
      fc.property(like('..', '/', '\\', 'a', '.', '\0', 'x/../'), (file) => {
        const manifest = {
          format: 'runbook-backup@1',
          takenAt: '2026-01-01T00:00:00Z',
          tookMs: 1,
          database: {
            name: 'a',
            serverVersion: 150_000,
            method: 'copy',
            schemaHash: sha256,
            schemaVersion: null,
            tables: [{ name: 't', rows: 1, newest: null }],
          },
          files: [{ path: file, sha256, bytes: 1, contentBytes: 1 }],
          images: {},
          configuration: [],
        }
        orToldAs([UnusableBackup], () => {
          for (const { path: accepted } of parseManifest(JSON.stringify(manifest), 'x').files)
            expect(path.resolve('/backup', accepted)).toMatch(/^\/backup(?:\/|$)/)
        })
      }),
    )
  })

  it('a history is entries and a count of what is none', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(text, fc.json()).map((line) => line.replaceAll('\n', ' ')),
          { maxLength: 8 },
        ),
        async (lines) => {
          const file = path.join(directory, 'history.jsonl')
          writeFileSync(file, lines.join('\n'))
          const { entries, unreadable } = await readHistory(file)
          expect(entries.length + unreadable).toBe(lines.filter((line) => line.trim() !== '').length)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('options, durations included, are understood or refused in words', () => {
    const flag = fc.constantFrom(
      'settle',
      'settle-every',
      'when',
      'check',
      'fail-on',
      'allow',
      'baseline',
      'suite',
      'ticket',
      '__proto__',
      'constructor',
    )
    fc.assert(
      fc.property(flag, fc.oneof(text, like('1', '9', 's', 'm', 'h', 'ms', '-', '.', 'e', ' ')), (name, value) =>
        orToldAs([UsageError], () => parseOptions([`--${name}=${value}`], {}, '/')),
      ),
    )
  })

  it('waivers, attestations and other YAML are valid or refused with file and line', () => {
    const yaml = like(
      '- ',
      'check: PRE-01',
      '\n  ',
      '\n',
      'outcome: failed',
      'expires: 2026-12-01',
      '&a ',
      '*a',
      '{',
      '}',
      '[',
      ']',
      '"',
      '__proto__: x',
      '!!js ',
      '---\n',
      '\t',
    )
    const lines = [{ id: 'PRE-01', attestedDays: undefined }]
    const now = new Date('2026-11-24T00:00:00Z')
    fc.assert(
      fc.property(fc.oneof(text, yaml), (sent) => {
        const file = path.join(directory, 'file.yaml')
        writeFileSync(file, sent)
        orToldAs([UsageError], () => loadWaivers(file, lines, now))
        orToldAs([UsageError], () => loadAttestations(file, lines, now))
        orToldAs([UsageError], () => yamlSource(sent, 'x.yaml'))
      }),
    )
  })

  it('a runbook is lines or refused with file and line', () => {
    const markdown = like(
      '### PRE-04\n\n',
      'It holds.\n\n',
      '- Severity: critical\n',
      '- Source: X\n',
      '- Due: before\n',
      '- Escalation: 1\n',
      '\nRemedy: Do it.\n\n',
      '```sh\nx\n```\n',
      '## Part\n\n',
      '<b>',
      '\n',
    )
    fc.assert(
      fc.property(fc.oneof(text, markdown), (sent) => orToldAs([UsageError], () => parseSuite(sent, 'preflight', 'x.md'))),
    )
  })
})
