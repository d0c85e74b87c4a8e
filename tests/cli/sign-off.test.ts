import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadAttestations } from '../../src/attestations.ts'
import { inputFile, NOT_COMMITTED } from '../../src/cli/provenance.ts'
import { isSamePerson, signOffStanding } from '../../src/cli/sign-off-standing.ts'
import { waiverDraft } from '../../src/cli/waiver-draft.ts'
import { renderHtml } from '../../src/report/html/page.ts'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { reportSchema } from '../../src/report/model.ts'
import { endOfRun } from '../../src/report/terminal.ts'
import { readRunbook } from '../../src/runbook.ts'
import { loadWaivers, type Waiver } from '../../src/waivers.ts'
import { entry, NASTY, sampleReport } from '../support/sample-report.ts'
import { messageOf } from '../support/sign-off-messages.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const TODAY = new Date().toISOString().slice(0, 10)
let directory: string
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sign-off-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function tool(name: string, ...argv: readonly string[]) {
  const { INIT_CWD: _, ...environment } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.resolve(`src/cli/${name}.ts`), ...argv], {
    cwd: directory,
    env: environment,
    encoding: 'utf8',
    input: '',
  })
  return { status, text: `${stdout}${stderr}` }
}

describe('npm run attest', () => {
  const file = (): string => path.join(directory, 'attestations.yaml')
  const SIGN = ['--line=MNT-01', '--by=Jo Example <jo@example.com>', '--note=Looked: "all" green # really']
  beforeEach(() => rmSync(file(), { force: true }))

  it('adds an entry that a run takes, and leaves what was there as it was', () => {
    const before = '# ours\n- line: MNT-07\n  by: Sam\n  at: 2026-01-01\n  until: 2026-01-05\n  note: looked # once'
    writeFileSync(file(), before)
    expect(tool('attest', ...SIGN)).toMatchObject({
      status: 0,
      text: expect.stringMatching(/^signed MNT-01 until \d{4}-\d\d-\d\d in /),
    })
    expect(readFileSync(file(), 'utf8').startsWith(`${before}\n- line: MNT-01\n`)).toBe(true)
    const signed = loadAttestations(file(), readRunbook(), new Date())
    expect(signed.get('MNT-01')).toMatchObject({
      by: 'Jo Example <jo@example.com>',
      at: TODAY,
      note: 'Looked: "all" green # really',
    })
  })

  it('refuses a second valid one, and takes a renewal after an expired one', () => {
    writeFileSync(file(), '- line: MNT-01\n  by: Sam\n  at: 2026-01-01\n  until: 2026-01-05\n  note: looked\n')
    expect(tool('attest', ...SIGN).status).toBe(0)
    const text = readFileSync(file(), 'utf8')
    expect(tool('attest', ...SIGN)).toMatchObject({ status: 2, text: expect.stringContaining('is signed already in') })
    expect(readFileSync(file(), 'utf8')).toBe(text)
  })

  it('says what is missing where there is no terminal to ask on, and writes nothing', () => {
    const { status, text } = tool('attest', '--line=MNT-01')
    expect({ status, text }).toMatchObject({ status: 2, text: expect.stringContaining('--by, --note: missing') })
    expect(existsSync(file())).toBe(false)
  })

  it.each([
    [['--line=MNT-1', '--by=Jo', '--note=x'], 'did you mean'],
    [['--line=PRE-01', '--by=Jo', '--note=x'], 'no person signs PRE-01'],
    [[...SIGN, '--at=2999-01-01'], 'lies in the future'],
    [[...SIGN, '--at=yesterday'], '--at: is not written as a date; expected a UTC date such as 2026-11-20, received "yesterday"'],
    [[...SIGN, '--until=2999-01-01'], 'at the latest, received 2999-01-01'],
    [[...SIGN, '--until=2001-01-01'], 'expected a day after'],
    [[...SIGN, '--evidence=./gone.png'], '--evidence: ./gone.png cannot be read'],
    [[...SIGN, '--evidnce=x'], 'unknown option --evidnce'],
    [['--line=MNT-01', '--by=  ', '--note=x'], '--by needs a value'],
    [[...SIGN, '--by=Sam'], '--by is given twice'],
    [['MNT-01'], 'unexpected argument "MNT-01"'],
  ])('refuses %j and writes nothing', (argv, message) => {
    expect(tool('attest', ...argv)).toMatchObject({ status: 2, text: expect.stringContaining(message) })
    expect(existsSync(file())).toBe(false)
  })

  it('keeps the hash of a file that is the evidence', () => {
    writeFileSync(path.join(directory, 'seen.png'), 'x')
    expect(tool('attest', ...SIGN, '--evidence=seen.png').status).toBe(0)
    expect(readFileSync(file(), 'utf8')).toMatch(/evidence: seen\.png \(sha256:[0-9a-f]{64}\)/)
  })

  it('does not add to a file with a mistake', () => {
    writeFileSync(file(), '- line: MNT-99\n')
    expect(tool('attest', ...SIGN)).toMatchObject({ status: 2, text: expect.stringContaining('is missing') })
    expect(readFileSync(file(), 'utf8')).toBe('- line: MNT-99\n')
  })

  it('tells which lines wait', () => {
    tool('attest', ...SIGN)
    const { text } = tool('attest', '--list')
    expect(text).toMatch(/… \S+ {2}due .*holds \d+ days/)
    expect(text).toMatch(/✓ MNT-01 [\s\S]*signed by Jo Example/)
    expect(text).toMatch(/\d+ of \d+ wait for a person to sign\n$/)
  })

  const hasScript = spawnSync('script', ['--version']).status === 0
  it.skipIf(!hasScript)(
    'asks on a terminal, and writes nothing where the person gives up (needs util-linux script)',
    async () => {
      const { INIT_CWD: _, ...env } = process.env
      const command = `${process.execPath} ${path.resolve('src/cli/attest.ts')} --line=MNT-01`
      const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: directory, env, stdio: ['pipe', 'pipe', 'inherit'] })
      let printed = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text
      })
      await expect.poll(() => printed, { timeout: 60_000 }).toContain('Who are you')
      child.stdin.write('Jo Example\n')
      await expect.poll(() => printed, { timeout: 60_000 }).toContain('what did you see')
      child.stdin.write('\u0003')
      const [code] = await once(child, 'close')
      expect({ code, printed }).toMatchObject({ code: 130, printed: expect.stringContaining('nothing was written') })
      expect(existsSync(file())).toBe(false)
    },
  )
})

describe('npm run waivers', () => {
  it('drafts an entry for each finding, which no run takes before it is signed', () => {
    const report = sampleReport((sample) => ({
      ...sample,
      checks: [
        entry({ id: 'PRE-01', outcome: 'failed', title: NASTY, failure: { message: NASTY, expected: '', actual: '' } }),
        entry({ id: 'PRE-02' }),
        entry({ id: 'PRE-03', outcome: 'unobserved', reason: 'no answer\n- check: PRE-04' }),
      ],
    }))
    const file = path.join(directory, 'draft.yaml')
    writeFileSync(file, waiverDraft(report, 'reports/latest/report.json'))
    const text = messageOf(() => loadWaivers(file, readRunbook(), NOW))
    expect(text.match(/this is a draft, which nobody has signed yet/g)).toHaveLength(6)
    const signed = readFileSync(file, 'utf8')
      .replaceAll('justification: ""', 'justification: Accepted for this test.')
      .replaceAll('approvedBy: ""', 'approvedBy: Jo')
      .replaceAll('expires: ""', 'expires: 2026-12-01')
      .replaceAll('risk: ""', 'risk: none')
    writeFileSync(file, signed)
    expect(loadWaivers(file, readRunbook(), NOW).map(({ check, outcome, target }) => [check, outcome, target])).toEqual([
      ['PRE-01', 'failed', 'staging'],
      ['PRE-03', 'unobserved', 'staging'],
    ])
    expect(tool('waivers', 'check', file)).toMatchObject({ status: 0, text: expect.stringMatching(/waivers? would be applied/) })
  })

  it('of a green run is an empty list', () => {
    const file = path.join(directory, 'green.yaml')
    writeFileSync(
      file,
      waiverDraft(
        sampleReport((sample) => ({ ...sample, checks: [entry({ id: 'PRE-01' })] })),
        'x',
      ),
    )
    expect(loadWaivers(file, readRunbook(), NOW)).toEqual([])
  })

  it('never writes over a file, and says what is wrong with a report', () => {
    const report = path.join(directory, 'report.json')
    writeFileSync(report, JSON.stringify(sampleReport()))
    const out = path.join(directory, 'new.yaml')
    expect(tool('waivers', 'draft', report, `--out=${out}`).status).toBe(0)
    const before = readFileSync(out, 'utf8')
    expect(tool('waivers', 'draft', report, `--out=${out}`)).toMatchObject({
      status: 2,
      text: expect.stringContaining('it exists already'),
    })
    expect(readFileSync(out, 'utf8')).toBe(before)
    expect(tool('waivers', 'check', out)).toMatchObject({ status: 2, text: expect.stringContaining('this is a draft') })
    expect(tool('waivers', 'draft', path.join(directory, 'gone.json'))).toMatchObject({
      status: 2,
      text: expect.stringContaining('cannot be read'),
    })
    expect(tool('waivers', 'drft')).toMatchObject({ status: 2, text: expect.stringContaining('usage: npm run waivers') })
  })
})

const WAIVER: Waiver = {
  check: 'PRE-01',
  outcome: 'failed',
  justification: 'Known since spring.',
  approvedBy: 'Jo Example <jo@example.com>',
  expires: '2026-12-01',
  risk: 'none',
}

describe('what the report tells of the sign-offs', () => {
  const git = (...argv: readonly string[]): void => {
    execFileSync('git', ['-C', directory, '-c', 'user.name=Sam Example', '-c', 'user.email=sam@example.com', ...argv], {
      stdio: 'ignore',
    })
  }
  const file = (name: string): string => {
    writeFileSync(path.join(directory, name), `# ${name}\n`)
    return path.join(directory, name)
  }

  it('is the file’s commit and author, also in another repository, and that it is not committed as it was read', () => {
    git('init', '--quiet')
    const [clean, dirty, fresh] = [file('clean.yaml'), file('dirty.yaml'), file('fresh.yaml')]
    git('add', 'clean.yaml', 'dirty.yaml')
    git('commit', '--quiet', '--message=Waive')
    writeFileSync(dirty, 'changed')
    expect(inputFile(clean)).toMatchObject({ author: 'Sam Example', commit: expect.stringMatching(/^[0-9a-f]{40}$/) })
    expect(inputFile(dirty)).toMatchObject({ commit: NOT_COMMITTED })
    expect(inputFile(fresh)).toMatchObject({ commit: NOT_COMMITTED })
    rmSync(path.join(directory, '.git'), { recursive: true })
    expect(inputFile(file('nowhere.yaml'))).toMatchObject({ commit: NOT_COMMITTED })
  })

  it('is which have expired, which are not needed, and which the runner signed', () => {
    const waivers = [
      WAIVER,
      { ...WAIVER, check: 'PRE-02', approvedBy: 'Somebody Else' },
      { ...WAIVER, check: 'PRE-03', expires: '2026-11-01' },
      { ...WAIVER, check: 'PRE-04' },
      { ...WAIVER, check: 'PRE-05', target: 'prod' },
    ]
    const outcomes = {
      'PRE-01': 'waived',
      'PRE-02': 'waived',
      'PRE-03': 'failed',
      'PRE-04': 'passed',
      'PRE-05': 'passed',
    } as const
    const attested = { by: 'sam', at: '2026-10-01', until: '2026-11-01', note: 'looked' }
    const checks = [
      ...Object.entries(outcomes).map(([id, outcome]) => entry({ id, outcome })),
      entry({ id: 'MNT-01', outcome: 'pending', attestation: attested }),
      entry({ id: 'MNT-07', attestation: { ...attested, until: '2026-12-01' } }),
    ]
    const options = { waivers: file('w.yaml'), attestations: file('a.yaml') }
    const signOffs = signOffStanding({
      options,
      signOffs: { waivers, attestations: new Map() },
      target: 'staging',
      checks,
      now: NOW,
      runner: ['jo'],
    })
    const jo = 'by Jo Example <jo@example.com> until'
    expect(signOffs).toEqual([
      {
        kind: 'waivers',
        file: options.waivers,
        commit: '',
        author: '',
        applied: 2,
        expired: [`PRE-03 (failed), ${jo} 2026-11-01`],
        unneeded: [`PRE-04 (failed), ${jo} 2026-12-01`],
        bySelf: [`PRE-01 (failed), ${jo} 2026-12-01`],
      },
      {
        kind: 'attestations',
        file: options.attestations,
        commit: '',
        author: '',
        applied: 1,
        expired: ['MNT-01, by sam until 2026-11-01'],
        unneeded: [],
        bySelf: [],
      },
    ])
    const report = sampleReport((sample) => ({
      ...sample,
      checks,
      signOffs: signOffs?.map((one) => ({ ...one, file: `${one.kind}.yaml` })),
    }))
    expect(reportSchema.parse(report)).toEqual(report)
    const warning = `1 waiver of waivers.yaml has expired and is not applied: PRE-03 (failed), ${jo} 2026-11-01`
    expect(
      endOfRun(report, { colour: false, directory: 'x' }).startsWith(
        `\n! ${warning}\n! 1 waiver of waivers.yaml is no longer needed`,
      ),
    ).toBe(true)
    expect(renderMarkdown(report)).toContain('⚠️ 1 waiver of waivers.yaml has expired')
    const head = renderHtml(report)
    expect(head.slice(0, head.indexOf('<main'))).toContain('1 waiver of waivers.yaml has expired')
    expect(renderMarkdown(report)).toContain(
      'waivers.yaml, not committed as it was read; 2 waivers applied, 1 by the person who ran this',
    )
  })

  it.each([
    ['Jo Example <jo@example.com>', ['jo'], true],
    ['jo', ['Jo Example', 'jo@example.com'], true],
    ['Jo Example', ['ci', 'jo example'], true],
    ['Joanna', ['jo'], false],
    ['Platform team lead', ['jo', 'Jo Example'], false],
    ['', ['jo', ''], false],
  ])('knows whether %j is one of %j: %s', (signature, runner, same) => {
    expect(isSamePerson(signature, runner)).toBe(same)
  })
})
