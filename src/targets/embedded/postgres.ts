export {
  createDatabase,
  type DatabaseOptions,
  type Postgres,
  type PostgresOptions,
  PostgresUnavailable,
  packagedMajor,
  startPostgres,
} from './postgres/index.ts'
