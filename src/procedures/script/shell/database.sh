ROLE=$DATABASE_USER ROLE_SECRET=postgres_password

# The same as the role that may create and rename databases.
as_admin() {
  # shellcheck disable=SC2034 # database_tool sees them
  local ROLE=$ADMIN_USER ROLE_SECRET=$ADMIN_SECRET
  "$@"
}

# Runs the statements of standard input in a database, and ends at the first that fails.
sql() {
  local database=$1
  shift
  database_tool "$database" psql --no-psqlrc --quiet --no-align --tuples-only --no-password --set=ON_ERROR_STOP=1 "$@"
}

# Rows of every table and the schema's hash, one a line, as they are in a database now.
facts_of() {
  {
    say 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;'
    facts_sql
    say 'COMMIT;'
  } | sql "$1"
}

# Why the database cannot be asked; nothing where it answers.
database_obstacle() {
  say 'SELECT 1;' | sql "$1" >/dev/null 2>"$SCRATCH/database" || say "the database $1 does not answer: $(tail -n 2 "$SCRATCH/database")"
}
