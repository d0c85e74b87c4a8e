import { describe, expect, it } from 'vitest'
import { parseOptions } from '../../src/cli/options.ts'

describe('the command line', () => {
  it.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
  ])('takes %s as a duration', (given, ms) => {
    expect(parseOptions([`--settle=${given}`], { RUNBOOK_SETTLE_EVERY: '5s' })).toMatchObject({
      settle: ms,
      'settle-every': 5_000,
    })
  })

  it('has defaults for everything', () => {
    expect(parseOptions([], {})).toMatchObject({
      target: 'embedded',
      out: 'reports',
      'fail-on': 'critical',
      quiet: false,
      allow: [],
    })
  })

  it('lets a flag win over its environment twin', () => {
    const options = parseOptions(['--fail-on=minor'], { RUNBOOK_FAIL_ON: 'major', RUNBOOK_SUITE: 'deploy,rollback' })
    expect(options).toMatchObject({ 'fail-on': 'minor', suite: ['deploy', 'rollback'] })
  })

  it('takes an empty variable as not given', () => {
    expect(parseOptions([], { RUNBOOK_TICKET: '' }).ticket).toBe('')
  })

  it('lets --list and --plan stand bare or with a format', () => {
    expect(parseOptions(['--list'], {}).list).toBe('text')
    expect(parseOptions(['--plan=json'], {}).plan).toBe('json')
  })

  it('resolves files from where the operator stands, and leaves names and defaults alone', () => {
    const options = parseOptions(['--target=./mine.yaml', '--waivers=w.yaml'], {}, 'somewhere')
    expect(options).toMatchObject({ target: 'somewhere/mine.yaml', waivers: 'somewhere/w.yaml', out: 'reports' })
    expect(parseOptions(['--target=prod'], {}, 'somewhere').target).toBe('prod')
    expect(parseOptions(['--target=prod,./mine.yaml'], {}, 'somewhere').target).toBe('prod,somewhere/mine.yaml')
    expect(parseOptions(['--baseline=last'], {}, 'somewhere').baseline).toBe('last')
    expect(parseOptions(['--baseline=report.json'], {}, 'somewhere').baseline).toBe('somewhere/report.json')
  })

  it.each([
    [['--sute=x'], 'unknown option --sute, did you mean "--suite"?'],
    [['--suite=prefligt'], '--suite: unknown value "prefligt", did you mean "preflight"?'],
    [['--when=yearly'], '--when: unknown value "yearly"'],
    [['--fail-on', 'critical'], '--fail-on needs a value, written --fail-on=VALUE'],
    [['-t', 'PRE'], 'unknown option -t'],
    [['--testNamePattern=PRE'], 'unknown option --testNamePattern'],
    [['stray'], 'unexpected argument "stray"'],
    [['--target=a', '--target=b'], '--target is given twice'],
    [['--quiet=maybe'], '--quiet: expected true or false'],
    [['--ticket=a b'], '--ticket: expected letters'],
    [['--allow=everything'], '--allow: unknown value "everything"'],
    [['--suite='], '--suite: expected a value'],
    [['--toString=x'], 'unknown option --toString'],
    [['--settle=10'], '--settle: expected a duration such as 90s, 10m or 1h, from 1s to 24h, not "10"'],
    [['--settle=0s'], 'from 1s to 24h'],
    [['--settle=25h'], 'from 1s to 24h'],
    [
      ['--settle=10m', '--settle-every=2h'],
      '--settle-every: expected a duration such as 90s, 10m or 1h, from 1s to 1h, not "2h"',
    ],
    [['--settle=ten'], 'expected a duration'],
    [['--settle'], '--settle needs a value'],
  ])('refuses %j', (argv, message) => {
    expect(() => parseOptions(argv, {})).toThrow(message)
  })

  it('names the variable that holds a bad value', () => {
    expect(() => parseOptions([], { RUNBOOK_FAIL_ON: 'majr' })).toThrow(
      'RUNBOOK_FAIL_ON (environment): unknown value "majr", did you mean "major"?',
    )
  })

  it('leaves the variables of images and engine to those who read them', () => {
    expect(parseOptions([], { RUNBOOK_IMAGES: 'stand-ins', RUNBOOK_ENGINE_STATE: 'somewhere' }).target).toBe('embedded')
  })

  it('refuses a variable of ours that it does not know', () => {
    expect(() => parseOptions([], { RUNBOOK_TARGT: 'prod' })).toThrow(
      'unknown environment variable RUNBOOK_TARGT, did you mean "RUNBOOK_TARGET"?',
    )
  })
})
