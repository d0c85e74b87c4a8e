# ---- The database ---------------------------------------------------------------------------------------------------

# A tool of the server's own version, in the database's container. The password goes by the environment.
database_tool() {
  local database=$1 tool=$2 id
  shift 2
  id=$(container "$DATABASE_SERVICE")
  PGPASSWORD=$(secret "$ROLE_SECRET") PGDATABASE=$database PGUSER=$ROLE PGAPPNAME=runbook-$PROCEDURE \
    docker exec --interactive --env PGPASSWORD --env PGDATABASE --env PGUSER --env PGAPPNAME "$id" "$tool" "$@"
}

# Kilobytes free where the database keeps its data.
database_room() {
  # shellcheck disable=SC2016 # the container's shell puts it in
  docker exec "$(container "$DATABASE_SERVICE")" sh -c 'df -Pk "${PGDATA:-/}"' </dev/null 2>/dev/null | awk 'NR == 2 { print $4 }' || :
}
