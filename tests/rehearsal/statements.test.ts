import { describe, expect, it } from 'vitest'
import { statements } from '../../src/rehearsal/statements.ts'

async function read(text: string, chunk = text.length): Promise<string[]> {
  const bytes = Buffer.from(text)
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk)
  }
  const found: string[] = []
  for await (const { sql, rows } of statements(pieces())) {
    found.push(sql)
    if (rows === undefined) continue
    const parts: Buffer[] = []
    for await (const part of rows) parts.push(part)
    found.push(`rows:${Buffer.concat(parts)}`)
  }
  return found
}

const DUMP = `--
-- PostgreSQL database dump
--

\\restrict abc
SET client_encoding = 'UTF8';
CREATE TABLE "odd;name" (a text DEFAULT 'x;''y'); -- a comment; here
CREATE FUNCTION f() RETURNS text AS $_$ SELECT 'é;' || $1; -- $ $
$_$ LANGUAGE sql;
CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 ELSE 2 END; SELECT 3; END;
INSERT INTO t VALUES (E'it\\'s; fine', 3 - 1, /* a; /* nested; */ ' */ 4 / 2);
COPY public.t (a, b) FROM stdin;
1\tone; 'two
2\t\\.x
\\.


COPY public.empty (a) FROM stdin;
\\.

SELECT pg_catalog.setval('s', 3, true);
--
-- PostgreSQL database dump complete
--

\\unrestrict abc
`
const STATEMENTS = [
  "SET client_encoding = 'UTF8'",
  `CREATE TABLE "odd;name" (a text DEFAULT 'x;''y')`,
  "CREATE FUNCTION f() RETURNS text AS $_$ SELECT 'é;' || $1; -- $ $\n$_$ LANGUAGE sql",
  'CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 ELSE 2 END; SELECT 3; END',
  "INSERT INTO t VALUES (E'it\\'s; fine', 3 - 1, /* a; /* nested; */ ' */ 4 / 2)",
  'COPY public.t (a, b) FROM stdin',
  "rows:1\tone; 'two\n2\t\\.x\n",
  'COPY public.empty (a) FROM stdin',
  'rows:',
  "SELECT pg_catalog.setval('s', 3, true)",
]

describe('a plain dump', () => {
  it.each([1, 2, 3, 7, 50, 100_000])('is read the same in pieces of %i bytes', async (chunk) => {
    expect(await read(DUMP, chunk)).toEqual(STATEMENTS)
  })

  it.each([
    ['in a statement', DUMP.indexOf('LANGUAGE sql'), /in the middle of a statement/],
    ['in rows', DUMP.indexOf("'two") + 2, /in the middle of a table’s rows/],
    ['right behind a COPY', DUMP.indexOf('FROM stdin;') + 11, /in the middle of a table’s rows/],
    ['between two statements', DUMP.indexOf('COPY public.empty'), /the line that ends every dump of pg_dump is missing/],
  ])('that breaks off %s is truncated', async (_where, at, message) => {
    await expect(read(DUMP.slice(0, at))).rejects.toMatchObject({ flaw: 'truncated', message: expect.stringMatching(message) })
  })

  it('never has a command to psql obeyed', async () => {
    await expect(read('SELECT 1;\n\\! touch /tmp/x\nSELECT 2;\n')).rejects.toMatchObject({
      flaw: 'does-not-restore',
      message: expect.stringMatching(/the dump holds \\!/),
    })
    expect(await read('\\connect other\nSELECT 1;')).toEqual(['SELECT 1'])
  })

  it('may be written by hand', async () => {
    expect(await read('select 1;\n')).toEqual(['select 1'])
    expect(await read('\n  ;; \n-- only a comment')).toEqual([])
    expect(await read('')).toEqual([])
  })

  it('is none where a statement has no end', async () => {
    await expect(read('x'.repeat(33 * 1024 * 1024), 1_000_000)).rejects.toMatchObject({ flaw: 'not-a-backup' })
  })
})
