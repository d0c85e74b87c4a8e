export {
  createDatabase,
  type DatabaseOptions,
  type Postgres,
  type PostgresOptions,
  PostgresUnavailable,
  startPostgres,
} from './postgres/index.ts'
