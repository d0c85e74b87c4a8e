/** Condition that leaves out the system's schemas, for an alias `n` of pg_namespace. */
const OWN_SCHEMA = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'"

/** Condition that leaves out what an extension brought along. */
const notOfExtension = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalog}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`

const SEQUENCE_OPTIONS = `format('START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s',
  s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END)`

const COLLATION = `CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0
  THEN (SELECT format(' COLLATE %I.%I', cn.nspname, co.collname) FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation)
  ELSE '' END`

const IDENTITY = `(SELECT format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %I.%I %s)',
    CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, sn.nspname, sc.relname, ${SEQUENCE_OPTIONS})
  FROM pg_depend d JOIN pg_class sc ON sc.oid = d.objid JOIN pg_namespace sn ON sn.oid = sc.relnamespace JOIN pg_sequence s ON s.seqrelid = sc.oid
  WHERE d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i' AND d.classid = 'pg_class'::regclass)`

const DEFAULT = `CASE WHEN a.attidentity <> '' THEN ${IDENTITY}
  WHEN a.attgenerated = 's' THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(ad.adbin, ad.adrelid))
  WHEN ad.oid IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(ad.adbin, ad.adrelid) ELSE '' END`

const OWN_TABLE = `c.relkind = 'r' AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid OR i.inhparent = c.oid)
  AND ${OWN_SCHEMA} AND ${notOfExtension('pg_class', 'c.oid')}`

const constraints = (kinds: string): string => `
  SELECT format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)) AS sql
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype IN (${kinds}) AND ${OWN_TABLE} ORDER BY n.nspname, c.relname, k.conname`

const grants = (kind: string, word: string): string => `
  SELECT format('GRANT %s ON ${word}%I.%I TO %s%s', p.privilege_type, n.nspname, c.relname,
    CASE WHEN p.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(p.grantee)) END,
    CASE WHEN p.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS sql
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) p
  WHERE c.relkind = '${kind}' AND p.grantee <> c.relowner AND ${OWN_SCHEMA} AND ${notOfExtension('pg_class', 'c.oid')}
  ORDER BY sql`

/** Statements that each list one kind of object; every one orders its rows, so that equal schemas give equal lists. */
export const catalogQueries = {
  before: [
    `SELECT format('CREATE SCHEMA %I', n.nspname) AS sql FROM pg_namespace n
     WHERE ${OWN_SCHEMA} AND n.nspname <> 'public' AND ${notOfExtension('pg_namespace', 'n.oid')} ORDER BY n.nspname`,
    `SELECT format('CREATE EXTENSION IF NOT EXISTS %I WITH SCHEMA %I', x.extname, n.nspname) AS sql
     FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname <> 'plpgsql' ORDER BY x.extname`,
    `SELECT format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
       (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)) AS sql
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE t.typtype = 'e' AND ${OWN_SCHEMA} AND ${notOfExtension('pg_type', 't.oid')} ORDER BY n.nspname, t.typname`,
    `SELECT format('CREATE SEQUENCE %I.%I AS %s %s', n.nspname, c.relname, format_type(s.seqtypid, NULL), ${SEQUENCE_OPTIONS}) AS sql
     FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${OWN_SCHEMA} AND ${notOfExtension('pg_class', 'c.oid')}
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'i')
     ORDER BY n.nspname, c.relname`,
    `SELECT pg_get_functiondef(p.oid) AS sql FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.prokind IN ('f', 'p') AND ${OWN_SCHEMA} AND ${notOfExtension('pg_proc', 'p.oid')} ORDER BY n.nspname, p.proname, p.oid::regprocedure::text`,
  ],
  /** One row a column, one row without column for a table that has none. */
  columns: `
    SELECT n.nspname AS schema, c.relname AS table, a.attname AS column, a.attnum AS position, c.relpersistence = 'u' AS unlogged,
      coalesce(a.attgenerated <> '', false) AS generated,
      coalesce(t.typname IN ('timestamptz', 'timestamp') AND pg_get_expr(ad.adbin, ad.adrelid) ~* '(now\\(\\)|current_timestamp|clock_timestamp\\(\\))', false) AS made_at,
      CASE WHEN a.attname IS NOT NULL THEN format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) || ${COLLATION} || ${DEFAULT}
        || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END END AS definition
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_attrdef ad ON ad.adrelid = c.oid AND ad.adnum = a.attnum
    WHERE ${OWN_TABLE} ORDER BY n.nspname, c.relname, a.attnum`,
  /** What needs the tables to be there, and no rows. */
  beforeRows: [
    `SELECT format('ALTER SEQUENCE %I.%I OWNED BY %I.%I.%I', n.nspname, c.relname, tn.nspname, tc.relname, a.attname) AS sql
     FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S' JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_class tc ON tc.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = tc.relnamespace
       JOIN pg_attribute a ON a.attrelid = tc.oid AND a.attnum = d.refobjsubid
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a' AND ${OWN_SCHEMA} ORDER BY n.nspname, c.relname`,
  ],
  after: [
    constraints("'p'"),
    constraints("'u', 'x'"),
    constraints("'c'"),
    `SELECT pg_get_indexdef(i.indexrelid) AS sql
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class x ON x.oid = i.indexrelid
     WHERE ${OWN_TABLE} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
     ORDER BY n.nspname, c.relname, x.relname`,
    constraints("'f'"),
    `SELECT pg_get_triggerdef(g.oid) AS sql FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT g.tgisinternal AND ${OWN_TABLE} ORDER BY n.nspname, c.relname, g.tgname`,
    `SELECT format('COMMENT ON TABLE %I.%I IS %L', n.nspname, c.relname, d.description) AS sql
     FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0 JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE ${OWN_TABLE} ORDER BY n.nspname, c.relname`,
    `SELECT format('COMMENT ON COLUMN %I.%I.%I IS %L', n.nspname, c.relname, a.attname, d.description) AS sql
     FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
       JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE d.objsubid > 0 AND ${OWN_TABLE} ORDER BY n.nspname, c.relname, a.attnum`,
    grants('r', 'TABLE '),
    grants('S', 'SEQUENCE '),
  ],
  sequenceNames: `
    SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND ${OWN_SCHEMA} AND ${notOfExtension('pg_class', 'c.oid')} ORDER BY n.nspname, c.relname`,
  unsupported: `
    SELECT format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'p' THEN 'partitioned table'
      WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'composite type' ELSE 'inherited table' END, n.nspname, c.relname) AS sql
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm', 'p', 'f', 'c', 'r') AND NOT (${OWN_TABLE}) AND ${OWN_SCHEMA} AND ${notOfExtension('pg_class', 'c.oid')}
    UNION ALL
    SELECT format('%s %I.%I', CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'range type' END, n.nspname, t.typname)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype IN ('d', 'r') AND ${OWN_SCHEMA} AND ${notOfExtension('pg_type', 't.oid')}
    UNION ALL
    SELECT format('aggregate %I.%I', n.nspname, p.proname) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prokind IN ('a', 'w') AND ${OWN_SCHEMA} AND ${notOfExtension('pg_proc', 'p.oid')}
    UNION ALL
    SELECT format('row security policy %I on %s', y.polname, y.polrelid::regclass) FROM pg_policy y
    UNION ALL
    SELECT format('rule %I on %s', r.rulename, r.ev_class::regclass) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.rulename <> '_RETURN' AND ${OWN_SCHEMA}
    UNION ALL
    SELECT format('large object %s', m.oid) FROM pg_largeobject_metadata m
    ORDER BY 1`,
} as const
