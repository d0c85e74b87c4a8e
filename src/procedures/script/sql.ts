import { catalogQueries } from '../catalog-queries.ts'
import { MIGRATION_TABLES } from '../table-counts.ts'

/** One table a row: its name in a manifest, the expression of its newest row's time, and its columns. */
const TABLES = `SELECT schema, "table", CASE schema WHEN 'public' THEN "table"::text ELSE schema || '.' || "table" END AS name,
  coalesce((array_agg(format('to_char(max(%I)::timestamptz AT TIME ZONE ''UTC'', ''YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'')', "column") ORDER BY position)
    FILTER (WHERE made_at))[1], 'NULL') AS newest,
  coalesce(json_agg("column" ORDER BY position) FILTER (WHERE "column" IS NOT NULL AND NOT generated), '[]') AS columns
FROM (${catalogQueries.columns}) c GROUP BY schema, "table"`

const CREATE_TABLES = `SELECT format('CREATE %sTABLE "%s"."%s" (%s)', CASE WHEN bool_or(unlogged) THEN 'UNLOGGED ' ELSE '' END,
  replace(schema, '"', '""'), replace("table", '"', '""'), coalesce(string_agg(definition, ', ' ORDER BY position), '')) AS sql
FROM (${catalogQueries.columns}) c GROUP BY schema, "table"`

/** The schema's hash, by the server: SHA-256 of every object as the statement that makes it, in the order of bytes. */
const SCHEMA_HASH = `SELECT encode(sha256(convert_to(coalesce(string_agg(sql, E'\\n' ORDER BY sql COLLATE "C"), ''), 'UTF8')), 'hex') AS hash FROM (
${[...catalogQueries.before, CREATE_TABLES, ...catalogQueries.beforeRows, ...catalogQueries.after]
  .map((query) => `(${query})`)
  .join('\nUNION ALL\n')}
UNION ALL
SELECT 'unsupported ' || sql FROM (${catalogQueries.unsupported}) u
) statements`

/** Names are printed with their schema whoever asks, and every query finds the system's own things. */
const SEARCH_PATH = "SELECT pg_catalog.set_config('search_path', '', true) \\g /dev/null"

/** psql statements that print `schema HASH` and then a line `ROWS NAME` for each table, NAME as a JSON string. */
export const factsSql: readonly string[] = lines(`${SEARCH_PATH}
${SCHEMA_HASH} \\gset
SELECT 'schema ' || :'hash';
SELECT format('SELECT count(*) || '' '' || to_json(%L::text) FROM %I.%I', name, schema, "table") FROM (
${TABLES}
) tables ORDER BY schema, "table" \\gexec`)

/** psql statements that print the members \`database\` of a manifest, from a transaction that is open already. */
export const manifestSql: readonly string[] = lines(`${SEARCH_PATH}
${SCHEMA_HASH} \\gset
SELECT '    "schemaHash": ' || to_json(:'hash'::text) || ',';
SELECT '    "serverVersion": ' || current_setting('server_version_num') || ',';
SELECT '    "name": ' || to_json(current_database()::text) || ',';
SELECT coalesce((SELECT format('SELECT ''    "schemaVersion": '' || coalesce(to_json(max(%I)::text)::text, ''null'') || '','' FROM %I.%I', m."column", c.schema, c."table")
  FROM (VALUES ${MIGRATION_TABLES.map(({ table, column }, index) => `(${index}, '${table}', '${column}')`).join(', ')}) m(rank, "table", "column")
  JOIN (${catalogQueries.columns}) c ON c."table" = m."table" AND c."column" = m."column" ORDER BY m.rank LIMIT 1),
  $$SELECT '    "schemaVersion": null,'$$) \\gexec
SELECT '    "tables": [';
SELECT format('SELECT ''      '' || json_build_object(''name'', %L::text, ''rows'', count(*), ''newest'', %s, ''columns'', %L::json) || %L FROM %I.%I',
  name, newest, columns, CASE WHEN last THEN '' ELSE ',' END, schema, "table") FROM (
SELECT *, row_number() OVER (ORDER BY schema DESC, "table" DESC) = 1 AS last FROM (
${TABLES}
) t ) tables ORDER BY schema, "table" \\gexec
SELECT '    ],';`)

function lines(sql: string): readonly string[] {
  return sql.split('\n')
}
