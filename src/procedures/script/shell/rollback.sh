# ---- The steps of a rollback ----------------------------------------------------------------------------------------

# What would be given up: rows that came since the backup, counted now. It is told before anybody confirms.
before_confirming() {
  local loss rows kept name
  say "Back to $BACKUP, taken $TAKEN_AT. What came since is given up:"
  for loss in ${LOSSES[@]+"${LOSSES[@]}"}; do say "  $loss"; done
  if ! facts_of "$DATABASE" >"$SCRATCH/facts" 2>"$SCRATCH/complaint"; then
    say "  the rows of $DATABASE could not be counted now: $(tail -n 2 "$SCRATCH/complaint")"
    return
  fi
  while read -r rows name; do
    if [ "$rows" = schema ]; then continue; fi
    kept=$(expected_facts | NAME=$name awk '{ rows = $1; sub(/^[^ ]* /, "") } $0 == ENVIRON["NAME"] { print rows }')
    say "  $name: $rows rows now, ${kept:-0} in the backup"
  done <"$SCRATCH/facts"
}

rollback_obstacles() {
  local index sum line needed room
  engine_obstacle
  if ! [ -r "$BACKUP/$MANIFEST_FILE" ]; then
    say "$BACKUP has no readable $MANIFEST_FILE; without one it is incomplete"
    return
  fi
  sum=$(sha256sum <"$BACKUP/$MANIFEST_FILE")
  if [ "${sum%% *}" != "$MANIFEST_SHA256" ]; then
    say "the manifest of $BACKUP is not the one that this script was printed from; look at it, and print the script anew"
    return
  fi
  for index in "${!BACKUP_FILES[@]}"; do altered_file "${BACKUP_FILES[$index]}" "${BACKUP_SUMS[$index]}" "${BACKUP_SIZES[$index]}"; done
  for index in "${!IMAGE_SERVICES[@]}"; do
    has_image "${IMAGE_REFERENCES[$index]}" || say "the image of ${IMAGE_SERVICES[$index]} is not on this host: ${IMAGE_REFERENCES[$index]}"
  done
  [ -w "$STATES" ] || [ -w "$BACKUPS" ] || say "$(id -un) cannot write to $BACKUPS"
  as_admin database_obstacle "$ADMIN_DATABASE"
  line=$(say "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user;" | as_admin sql "$ADMIN_DATABASE" 2>/dev/null || :)
  [ "$line" != f ] || say "the role $ADMIN_USER may not create databases, so nothing can be restored beside the live one"
  line=$(say "SELECT current_setting('server_version_num')::int / 10000;" | as_admin sql "$ADMIN_DATABASE" 2>/dev/null || :)
  if [ -n "$line" ] && [ "$line" -lt "$SERVER_MAJOR" ]; then
    say "the backup is of PostgreSQL $SERVER_MAJOR and this server is $line: it cannot be restored there"
  fi
  needed=$(say "SELECT pg_database_size(current_database()) / 1024;" | sql "$DATABASE" 2>/dev/null || :)
  room=$(database_room)
  if [ -n "$needed" ] && [ -n "$room" ] && [ "$room" -le "$needed" ]; then
    say "the disk of the database has $room kB free, and the restored database needs up to $needed kB beside the live one"
  fi
  if [ "$AGAIN_WANTED" = no ] && ! is_done 'restore database' && [ "$(mark_of "$DATABASE" 2>/dev/null)" = "$MARK" ]; then
    say "the live database is what an earlier run restored from this backup; going back once more gives up what came since: give --again if that is meant"
  fi
}

# Says how a file of the backup differs from the manifest; nothing where it does not.
altered_file() {
  local size sum
  if ! [ -r "$BACKUP/$1" ]; then
    say "$1 cannot be read"
    return
  fi
  size=$(wc -c <"$BACKUP/$1" | tr -d ' ')
  if [ "$size" -lt "$3" ]; then
    say "$1 is truncated: it has $size of $3 bytes"
    return
  fi
  sum=$(sha256sum <"$BACKUP/$1")
  [ "${sum%% *}" = "$2" ] || say "$1 was altered: its checksum is not the one in the manifest"
}

stop_services() {
  local service
  for service in "${STOP_ORDER[@]}"; do stop_service "$service"; done
}

services_still_running() { still_running "${STOP_ORDER[@]}"; }

# The comment on a database, which stays with it when it is renamed; nothing where there is no such database.
mark_of() {
  say "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = :'name';" | as_admin sql "$ADMIN_DATABASE" --set=name="$1"
}

has_database() {
  [ -n "$(say "SELECT 1 FROM pg_database WHERE datname = :'name';" | as_admin sql "$ADMIN_DATABASE" --set=name="$1")" ]
}

# Makes an empty database beside the live one, with the same owner, encoding, locale, settings and grants.
create_beside() {
  as_admin sql "$ADMIN_DATABASE" --set=live="$DATABASE" --set=beside="$RESTORING" <<'SQL'
DROP DATABASE IF EXISTS :"beside" WITH (FORCE);
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', :'beside',
  pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype) FROM pg_database WHERE datname = :'live' \gexec
SELECT format('ALTER DATABASE %I SET %s TO %L', :'beside', split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1))
  FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(setconfig) AS setting
  WHERE d.datname = :'live' AND s.setrole = 0 \gexec
SELECT format('GRANT %s ON DATABASE %I TO %I', a.privilege_type, :'beside', pg_get_userbyid(a.grantee))
  FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = :'live' AND a.grantee NOT IN (0, d.datdba) \gexec
SQL
  has_database "$RESTORING" || fail "there is no database $DATABASE whose owner and locale could be taken over"
}

restore_database() {
  local restored expected
  create_beside
  load_dump
  restored=$(facts_of "$RESTORING" | sort)
  expected=$(expected_facts | sort)
  if [ "$restored" != "$expected" ]; then
    complain 'what was restored is not what was backed up; restored:'
    printf '%s\n' "$restored" | grep -Fxv -e "$expected" >&2 || :
    complain 'and in the manifest:'
    printf '%s\n' "$expected" | grep -Fxv -e "$restored" >&2 || :
    exit 1
  fi
  say "COMMENT ON DATABASE :\"name\" IS :'mark';" | as_admin sql "$ADMIN_DATABASE" --set=name="$RESTORING" --set=mark="$MARK"
}

# Puts the restored database into the live one's place: nobody is connected meanwhile, and both renames happen or neither.
put_in_place() {
  local aside name
  aside=$(as_admin database_obstacle "$ADMIN_DATABASE")
  [ -z "$aside" ] || fail "$aside"
  if [ "$(mark_of "$RESTORING")" = "$MARK" ]; then
    aside=$(free_name)
    {
      for name in "$DATABASE" "$RESTORING"; do
        if has_database "$name"; then keep_out_sql; fi
      done
      say 'BEGIN;'
      if has_database "$DATABASE"; then say 'ALTER DATABASE :"live" RENAME TO :"aside";'; fi
      say 'ALTER DATABASE :"restoring" RENAME TO :"live"; COMMIT;'
    } >"$SCRATCH/swap"
    as_admin sql "$ADMIN_DATABASE" --set=live="$DATABASE" --set=restoring="$RESTORING" --set=aside="$aside" <"$SCRATCH/swap" >/dev/null
    say "  the replaced database is kept as $aside"
  elif [ "$(mark_of "$DATABASE")" != "$MARK" ]; then
    fail "neither $DATABASE nor $RESTORING is what was restored; move $STATE away and run this script from the start"
  fi
  let_in
}

# Statements that end every session of the database called $name and let nobody in.
keep_out_sql() {
  local which=live
  if [ "$name" = "$RESTORING" ]; then which=restoring; fi
  say "ALTER DATABASE :\"$which\" WITH ALLOW_CONNECTIONS false;"
  say "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'$which';"
}

# A name under which the replaced database can be kept.
free_name() {
  as_admin sql "$ADMIN_DATABASE" --set=wanted="$ASIDE" <<'SQL'
SELECT name FROM (SELECT n, left(:'wanted', 63 - length(suffix)) || suffix AS name
  FROM (SELECT n, CASE n WHEN 1 THEN '' ELSE '_' || n END AS suffix FROM generate_series(1, 999) n) s) names
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = names.name) ORDER BY n LIMIT 1;
SQL
}

# A run that was killed after the renames has left both databases closed.
let_in() {
  as_admin sql "$ADMIN_DATABASE" --set=live="$DATABASE" --set=wanted="$ASIDE" <<'SQL'
SELECT format('ALTER DATABASE %I WITH ALLOW_CONNECTIONS true', datname) FROM pg_database
  WHERE NOT datallowconn AND (datname = :'live' OR starts_with(datname, left(:'wanted', 59))) \gexec
SQL
}

not_in_place() {
  if [ "$(mark_of "$DATABASE")" != "$MARK" ] || has_database "$RESTORING"; then say "$DATABASE is not what was restored"; fi
  database_obstacle "$DATABASE"
}

# Each file is replaced in one step and keeps its owner; what was added to a folder that was backed up whole is moved aside.
restore_configuration() {
  local index copy place owner file
  for index in "${!CONFIGURATION_COPIES[@]}"; do
    copy=$BACKUP/${CONFIGURATION_COPIES[$index]} place=${CONFIGURATION_ORIGINALS[$index]}
    mkdir -p -- "$(dirname -- "$place")"
    cat -- "$copy" >"$place.partial"
    chmod "${CONFIGURATION_MODES[$index]}" -- "$place.partial"
    if [ -e "$place" ]; then
      owner=$(stat -L -c %u:%g -- "$place")
      if [ "$(stat -c %u:%g -- "$place.partial")" != "$owner" ]; then chown "$owner" -- "$place.partial"; fi
    fi
    mv -f -- "$place.partial" "$place"
  done
  for place in ${CONFIGURATION_FOLDERS[@]+"${CONFIGURATION_FOLDERS[@]}"}; do
    if ! [ -d "$place" ]; then continue; fi
    while IFS= read -r -d '' file; do
      if ! is_configuration "$file"; then mv -f -- "$file" "$file.after-rollback"; fi
    done < <(find "$place" -type f ! -name '*.after-rollback' -print0)
  done
}

is_configuration() {
  local original
  for original in ${CONFIGURATION_ORIGINALS[@]+"${CONFIGURATION_ORIGINALS[@]}"}; do
    if [ "$original" = "$1" ]; then return 0; fi
  done
  return 1
}

start_services() {
  local service
  pin_images "${START_ORDER[@]}"
  for service in "${START_ORDER[@]}"; do start_service "$service"; done
}

services_ailing() { ailments "${START_ORDER[@]}"; }

not_valid() {
  wrong_images
  front_door_problem
}
