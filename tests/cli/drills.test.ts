import { describe, expect, it } from 'vitest'
import { drillsOf } from '../../src/cli/drills.ts'
import { UsageError } from '../../src/outcome.ts'
import { postgresBinaries } from '../support/postgres.ts'
import { runCli } from '../support/run-cli.ts'

const embedded = { name: 'embedded', kind: 'embedded', drills: ['corrupting-migration'] } as const
const ephemeral = { ...embedded, name: 'ephemeral', kind: 'ephemeral' } as const
const target = (of: typeof embedded | typeof ephemeral) => ({ ...of, drills: [...of.drills] })

describe('--drill', () => {
  it('is what the target says where nothing is asked for', () => {
    expect(drillsOf(undefined, target(embedded))).toEqual(['corrupting-migration'])
  })

  it('all is every drill that the kind of target can hold', () => {
    expect(drillsOf(['all'], target(ephemeral))).toHaveLength(7)
    const here = drillsOf(['all'], target(embedded))
    expect(here).toContain('database-killed')
    expect(here).not.toContain('leaks-memory')
  })

  it('names drills, each held once', () => {
    expect(drillsOf(['slow', 'slow', 'disk-full'], target(ephemeral))).toEqual(['slow', 'disk-full'])
  })

  it.each([
    [['disk-full'] as const, target(embedded), /disk-full needs containers, which embedded does not have/],
    [['all'] as const, { ...target(embedded), name: 'prod', kind: 'live' as const }, /prod is live/],
    [['all'] as const, { ...target(ephemeral), name: 'on-a-host', drills: [] }, /on-a-host holds none/],
  ])('%j is refused where it cannot be held', (asked, on, message) => {
    expect(() => drillsOf(asked, on)).toThrow(UsageError)
    expect(() => drillsOf(asked, on)).toThrow(message)
  })
})

describe.skipIf(postgresBinaries === undefined)('a run with several drills', () => {
  it('judges the first by the lines of a rollback, and the others by their own', { timeout: 120_000 }, async () => {
    using run = runCli(['--check=ROLL-41,ROLL-53', '--drill=never-healthy,database-killed', '--no-color'])
    const { code, text } = await run.ended
    expect({ code, text }).toMatchObject({ code: 0 })
    const { checks, measurements } = await run.report()
    expect(checks.filter(({ outcome }) => outcome === 'passed').map(({ id }) => id)).toEqual(['ROLL-41', 'ROLL-53'])
    expect(measurements.map(({ name }) => name)).toContain('rollback.rto (database-killed)')
  })
})
