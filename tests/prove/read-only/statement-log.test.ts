import { expect, it } from 'vitest'
import { statementsOf } from '../../../src/prove/read-only/statement-log.ts'

const LOG = `session|7|runbook/r1|LOG:  statement: BEGIN READ ONLY; SET LOCAL statement_timeout = 4500
session|9|service|LOG:  statement: INSERT INTO hook_events VALUES (1)
session|7|runbook/r1|LOG:  execute <unnamed>: SELECT count(*)
\tFROM hook_events
session|7|runbook/r1|DETAIL:  parameters: $1 = 'a'
session|7|runbook/r1|LOG:  statement: ROLLBACK
session|8|runbook/r1|ERROR:  relation "x" does not exist
session|8|runbook/r1|LOG:  statement: DELETE FROM hook_events
`

it('takes the statements of the sessions of that name, session by session', () => {
  expect(statementsOf(LOG, /^runbook\//)).toEqual([
    { what: 'BEGIN READ ONLY; SET LOCAL statement_timeout = 4500', isReading: true },
    { what: 'SELECT count(*) FROM hook_events', isReading: true },
    { what: 'ROLLBACK', isReading: true },
    { what: 'DELETE FROM hook_events', isReading: false },
  ])
  expect(statementsOf(LOG, /^service$/)).toEqual([{ what: 'INSERT INTO hook_events VALUES (1)', isReading: false }])
})
