import { check } from '../../src/check.ts'
import { promised } from '../../src/probe.ts'
import { login } from '../../src/probes/postgres-login.ts'
import { catalogColumns, catalogConstraints, catalogIndexes, catalogTables } from '../support/catalog.ts'
import { databaseSettings, openTransactions, ownRole } from '../support/database.ts'
import { expectedSchema, expectedTables } from '../support/expected-schema.ts'
import { appliedMigrations } from '../support/migrations.ts'
import { columnProblems, constraintProblems, doubles, indexProblems } from '../support/schema-problems.ts'

check(
  'DEP-30',
  'PostgreSQL lets the role of the services in with the password on record.',
  (target) => promised(login(target.part('postgres'), { password: { secret: 'postgres.password' } })),
  (answer, { target, expect }) => expect(answer, `login of ${target.part('postgres').user}`).toEqual({ accepted: true }),
)

check(
  'DEP-31',
  'PostgreSQL has the major version that the release was made for.',
  databaseSettings,
  ({ version }, { target, expect }) => {
    expect(Math.floor(version / 10_000), `major version (server_version_num ${version})`).toBe(expectedSchema(target).postgres)
  },
)

check(
  'DEP-32',
  'The role of the services may read, insert and update the rows of every table of the product.',
  catalogTables,
  (tables, { target, expect }) => {
    const rights = new Map(tables.map((entry) => [entry.table, entry]))
    const problems = expectedTables(target).flatMap((table) => {
      const own = rights.get(table)
      if (own === undefined) return [`${table} is missing`]
      const refused = [
        ...(own.mayRead ? [] : ['read']),
        ...(own.mayInsert ? [] : ['insert into']),
        ...(own.mayUpdate ? [] : ['update']),
      ]
      return refused.map((right) => `may not ${right} ${table}`)
    })
    expect(expectedTables(target).length, 'tables of the product').toBeGreaterThan(0)
    expect(problems, `what ${target.part('postgres').user} lacks`).toEqual([])
  },
)

check(
  'DEP-33',
  'The role of the services has no power beyond its own data: it is no superuser, creates neither roles nor databases, does not replicate and obeys row security.',
  ownRole,
  (role, { expect }) => {
    const powers = [
      ...(role.isSuperuser ? ['is superuser'] : []),
      ...(role.mayCreateRoles ? ['may create roles'] : []),
      ...(role.mayCreateDatabases ? ['may create databases'] : []),
      ...(role.bypassesRowSecurity ? ['bypasses row security'] : []),
      ...(role.mayReplicate ? ['may replicate'] : []),
    ]
    expect(powers, `what ${role.name} may do beyond its own data`).toEqual([])
  },
)

check('DEP-34', 'Every table of the product exists.', catalogTables, (tables, { target, expect }) => {
  const found = tables.map(({ table }) => table)
  const wanted = expectedTables(target)
  expect(wanted.length, 'tables of the product').toBeGreaterThan(0)
  expect(
    wanted.filter((table) => !found.includes(table)),
    'tables that are missing',
  ).toEqual([])
})

check(
  'DEP-35',
  'Every table has the columns that the release expects, each of the expected type and not null where it must not be.',
  catalogColumns,
  (columns, { target, expect }) => {
    expect(columnProblems(expectedSchema(target), columns), 'columns that differ').toEqual([])
  },
)

check(
  'DEP-36',
  'Every table has a primary key and the constraints that the release expects, all of them validated.',
  catalogConstraints,
  (constraints, { target, expect }) => {
    expect(constraintProblems(expectedSchema(target), constraints), 'constraints that differ').toEqual([])
  },
)

check('DEP-37', 'Every table has the indexes that the release expects.', catalogIndexes, (indexes, { target, expect }) => {
  expect(indexProblems(expectedSchema(target), indexes), 'indexes that are missing').toEqual([])
})

check(
  'DEP-38',
  'The schema was made once: no index, constraint or migration is there twice.',
  (target) => ({
    indexes: catalogIndexes(target),
    constraints: catalogConstraints(target),
    migrations: appliedMigrations(target),
  }),
  ({ indexes, constraints, migrations }, { expect }) => {
    const listed = migrations.ok ? migrations.rows.map(({ version }) => version) : []
    const twice = listed.filter((version, index) => listed.indexOf(version) !== index)
    expect(indexes.length, 'indexes of the database').toBeGreaterThan(0)
    expect(
      [...doubles(indexes, constraints), ...twice.map((version) => `migration ${version} is listed twice`)],
      'what is there twice',
    ).toEqual([])
  },
)

check(
  'DEP-39',
  'PostgreSQL can use every index: none was left invalid by an interrupted CREATE INDEX CONCURRENTLY.',
  catalogIndexes,
  (indexes, { expect }) => {
    const unusable = indexes.filter(({ isUsable }) => !isUsable)
    expect(indexes.length, 'indexes of the database').toBeGreaterThan(0)
    expect(
      unusable.map(({ table, name }) => `${name} on ${table}`),
      'indexes that PostgreSQL does not use',
    ).toEqual([])
  },
)

check(
  'DEP-40',
  'At most 80 % of the sessions that PostgreSQL admits to the services are open.',
  databaseSettings,
  ({ maxConnections, reserved, sessions }, { expect, atMost, measure }) => {
    const percent = atMost('postgres.sessionsPercent', 80, '%')
    const admitted = maxConnections - reserved
    const limit = (admitted * percent) / 100
    measure({ name: 'sessions', unit: 'sessions', value: sessions, limit, sampleCount: 1, series: [] })
    expect(admitted, 'sessions that PostgreSQL admits to the services').toBeGreaterThan(0)
    expect(sessions, `open sessions, of ${admitted} that are admitted`).toBeLessThanOrEqual(limit)
  },
)

check('DEP-41', 'The database is encoded in UTF8.', databaseSettings, ({ encoding }, { target, expect }) =>
  expect(encoding, 'encoding of the database').toBe(expectedSchema(target).encoding),
)

check(
  'DEP-42',
  'Sessions of the services begin in the time zone of the hosts.',
  databaseSettings,
  ({ timeZone }, { target, expect }) => {
    // PostgreSQL writes UTC in several ways; all of them are one zone.
    const zone = (name: string): string => (/^(Etc\/)?(UTC|UCT|GMT|Zulu|Universal|Greenwich)$/i.test(name) ? 'UTC' : name)
    expect(zone(timeZone), 'time zone in which sessions begin').toBe(zone(target.spec.expect.timeZone))
  },
)

check(
  'DEP-43',
  'The database takes writes: it is no standby, and transactions are not read-only by default.',
  databaseSettings,
  ({ isStandby, isReadOnly }, { expect }) => {
    expect({ isStandby, isReadOnly }, 'whether the database refuses writes').toEqual({ isStandby: false, isReadOnly: false })
  },
)

check(
  'DEP-44',
  'No transaction has been open for longer than 15 minutes.',
  (target) => ({ open: openTransactions(target), settings: databaseSettings(target) }),
  ({ open, settings }, { target, expect, atMost, unobserved }) => {
    const minutes = atMost('postgres.transactionMinutes', 15, 'minutes')
    const old = open.filter(({ seconds }) => (seconds ?? 0) > minutes * 60)
    const hidden = open.filter(({ seconds }) => seconds === null)
    expect(settings.sessions, 'sessions that were looked at').toBeGreaterThan(0)
    expect(
      old.map(
        ({ pid, application, state, seconds }) =>
          `${application || 'a session'} (pid ${pid}), ${state} for ${Math.round((seconds ?? 0) / 60)} min`,
      ),
      'transactions that hold back vacuum and locks',
    ).toEqual([])
    if (hidden.length > 0)
      unobserved({
        id: 'postgres:hidden-sessions',
        text: `PostgreSQL hides the transactions of ${hidden.length} sessions of other roles from ${target.part('postgres').user}; grant it pg_read_all_stats, or look at pg_stat_activity as an administrator`,
      })
  },
)

check(
  'DEP-45',
  'The password of the services’ role does not expire within 21 days.',
  ownRole,
  ({ name, expires }, { expect, atLeast, now }) => {
    const days = atLeast('postgres.passwordDaysLeft', 21, 'days')
    const left = expires === null ? Number.POSITIVE_INFINITY : (expires.getTime() - now.getTime()) / 86_400_000
    expect(left, `days until the password of ${name} expires`).toBeGreaterThanOrEqual(days)
  },
)
