# ---- The database ---------------------------------------------------------------------------------------------------

# A client tool of this host. The password goes by the environment; where the host keeps none, libpq looks into .pgpass.
database_tool() {
  local database=$1 tool=$2
  shift 2
  PGPASSWORD=$(secret "$ROLE_SECRET") PGDATABASE=$database PGUSER=$ROLE PGHOST=$DATABASE_HOST PGPORT=$DATABASE_PORT \
    PGSSLMODE=$DATABASE_SSLMODE PGAPPNAME=runbook-$PROCEDURE "$tool" "$@"
}

# Kilobytes free where the database keeps its data: another host's disk cannot be seen from here.
database_room() { :; }
