import { describe, expect, it } from 'vitest'
import { SqlSession } from '../../../src/prove/wire/sql.ts'

const inside = (text: string): boolean => {
  const session = new SqlSession()
  session.reads('BEGIN READ ONLY; SET LOCAL statement_timeout = 4500')
  return session.reads(text)
}

describe('a statement in a transaction that is read only', () => {
  it.each([
    'SELECT count(*) FROM hook_events WHERE source = $1',
    'WITH a AS (SELECT \'insert into x; delete\' AS "set") SELECT * FROM a -- update\n',
    'SHOW server_version;',
    "SELECT set_config('search_path', '', true)",
    'ROLLBACK',
  ])('reads: %s', (text) => {
    expect(inside(text)).toBe(true)
  })

  it.each([
    'INSERT INTO hook_events VALUES (1)',
    'WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone',
    'SELECT * FROM a; DROP TABLE a',
    'SELECT * INTO b FROM a',
    'SELECT * FROM a FOR UPDATE',
    "SELECT nextval ('s')",
    "SELECT set_config('search_path', '', false)",
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity',
    "SELECT lo_export(1, '/tmp/x')",
    'SET statement_timeout = 0',
    'EXPLAIN ANALYZE SELECT 1',
    'CREATE TABLE a (id int)',
    'COPY a TO STDOUT',
  ])('does not merely read: %s', (text) => {
    expect(inside(text)).toBe(false)
  })
})

it('takes no statement for a reading one outside of such a transaction', () => {
  const session = new SqlSession()
  expect(session.reads('SELECT 1')).toBe(false)
  expect(session.reads('BEGIN')).toBe(false)
  expect(session.reads('BEGIN READ WRITE')).toBe(false)
  expect(session.reads('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')).toBe(true)
  expect(session.reads('SELECT 1')).toBe(true)
  expect(session.reads('rollback')).toBe(true)
  expect(session.reads('SELECT 1')).toBe(false)
})
