# ---- The steps of a backup ------------------------------------------------------------------------------------------

# Every file that a rollback must bring back, each ended by a zero byte.
configuration_files() {
  local place
  for place in "${CONFIGURATION_FILES[@]}"; do printf '%s\0' "$place"; done
  for place in ${CONFIGURATION_FOLDERS[@]+"${CONFIGURATION_FOLDERS[@]}"}; do
    if [ -d "$place" ]; then find "$place" -type f ! -name '*.after-rollback' ! -name '*.partial' -print0; fi
  done
}

backup_obstacles() {
  local place needed room
  engine_obstacle
  while IFS= read -r -d '' place; do
    [ -r "$place" ] || say "$(id -un) cannot read $place"
    case $place in
      *\\* | *[[:cntrl:]]*) say "no manifest takes the name of $place: it has a backslash or a control character in it" ;;
    esac
  done < <(configuration_files)
  place=$BACKUPS
  while ! [ -d "$place" ]; do place=$(dirname -- "$place"); done
  [ -w "$place" ] || say "$(id -un) cannot write to $place"
  if ! needed=$(say 'SELECT pg_database_size(current_database()) / 1024 + 65536;' | sql "$DATABASE" 2>"$SCRATCH/size"); then
    say "the database $DATABASE does not answer: $(tail -n 2 "$SCRATCH/size")"
    return
  fi
  if [ -n "$KAFKA_SERVICE" ]; then needed=$((needed + $(log_kilobytes))); fi
  # A dump is smaller than its database: this much room is enough.
  room=$(df -Pk -- "$place" | awk 'NR == 2 { print $4 }')
  [ "$room" -ge "$needed" ] || say "$place has $room kB free, and up to $needed kB may be needed"
}

copy_configuration() {
  local file copy
  mkdir -p -- "$BACKUPS"
  # What a killed run left behind is no backup; the lock says that none is under way.
  rm -rf -- "$BACKUPS"/*_*.partial
  TAKEN_AT=$(now)
  NEW_BACKUP=$BACKUPS/$(printf '%s' "$TAKEN_AT" | tr -d ':Z-' | tr T _)
  [ ! -e "$NEW_BACKUP" ] || fail "$NEW_BACKUP is there already; take the backup a second later"
  mkdir -- "$NEW_BACKUP.partial"
  printf '%s\n%s\n' "$TAKEN_AT" "$(milliseconds)" >"$STATES/backup"
  while IFS= read -r -d '' file; do
    copy=$NEW_BACKUP.partial/$CONFIGURATION_FOLDER$file
    mkdir -p -- "$(dirname -- "$copy")"
    cat -- "$file" >"$copy"
  done < <(configuration_files)
}

# Sets where the backup is written that was begun.
open_backup() {
  { read -r TAKEN_AT && read -r BEGAN; } <"$STATES/backup" || fail 'no backup was begun'
  NEW_BACKUP=$BACKUPS/$(printf '%s' "$TAKEN_AT" | tr -d ':Z-' | tr T _)
  HERE=$NEW_BACKUP.partial
}

# One session holds the snapshot while the dump is taken and the rows are counted: all of it is of the same moment.
dump_database() {
  local snapshot line=''
  open_backup
  coproc SESSION { sql "$DATABASE" 2>"$SCRATCH/session"; }
  say 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_export_snapshot();' >&"${SESSION[1]}"
  read -r -t 60 snapshot <&"${SESSION[0]}" || fail "the database gave no snapshot: $(cat -- "$SCRATCH/session")"
  if [ -n "$KAFKA_SERVICE" ]; then
    topic_ends >"$HERE/topics"
    copy_events
  fi
  database_tool "$DATABASE" pg_dump --format=custom --compress=1 --no-password "--snapshot=$snapshot" </dev/null >"$HERE/database.dump"
  [ -s "$HERE/database.dump" ] || fail 'pg_dump ended well and wrote nothing'
  { manifest_sql && say '\echo end of facts'; } >&"${SESSION[1]}"
  while IFS= read -r -t 600 line <&"${SESSION[0]}"; do
    if [ "$line" = 'end of facts' ]; then break; fi
    say "$line"
  done >"$HERE/facts"
  [ "$line" = 'end of facts' ] || fail "the rows could not be counted: $(cat -- "$SCRATCH/session")"
  say 'COMMIT; \quit' >&"${SESSION[1]}"
}

# The end of every partition of every topic, as entries of the manifest; the broker's own topics are left out.
topic_ends() {
  # shellcheck disable=SC2016 # the container's shell puts them in
  docker exec --interactive "$(container "$KAFKA_SERVICE")" sh -c 'PATH=$PATH:/opt/kafka/bin
    tool=$(command -v kafka-get-offsets.sh || command -v kafka-get-offsets) && exec "$tool" --bootstrap-server "localhost:$1"' \
    sh "$KAFKA_PORT" </dev/null |
    sort -t : -k 1,1 -k 2,2n |
    awk -F : '/^__/ { next }
      NF == 3 { printf "%s      { \"name\": \"%s\", \"partition\": %d, \"offset\": %.0f }", comma, $1, $2, $3; comma = ",\n" }
      END { print "" }'
}

# Where in its container the broker keeps its log: the volume that says so itself; nothing where it is on none.
log_place() {
  # shellcheck disable=SC2016 # the container's shell puts them in
  docker inspect --format '{{range .Mounts}}{{if .RW}}{{println .Destination}}{{end}}{{end}}' "$1" </dev/null |
    docker exec --interactive "$1" sh -c 'while read -r place; do
      for file in "$place"/meta.properties "$place"/*/meta.properties; do if [ -e "$file" ]; then echo "$place"; fi; done
    done' | sed -n 1p
}

# Kilobytes of the broker's log; its indexes, which are left out, are in them.
log_kilobytes() {
  local id place size=''
  id=$(container_of "$KAFKA_SERVICE")
  if [ -n "$id" ]; then place=$(log_place "$id"); fi
  if [ -n "${place:-}" ]; then size=$(docker exec "$id" du -sk "$place" </dev/null 2>/dev/null | cut -f 1); fi
  say "${size:-0}"
}

# The broker's log as it lies on its volume, as after a crash: a broker that starts on it mends its end and makes its indexes
# anew. A file that grows meanwhile is cut where it was when its turn came. Paths are those inside the container.
copy_events() {
  local id place
  id=$(container "$KAFKA_SERVICE")
  place=$(log_place "$id")
  if [ -z "$place" ]; then
    say '  the broker keeps its log on no volume: no event is in this backup'
    return
  fi
  mkdir -- "$HERE/kafka"
  # shellcheck disable=SC2016 # the container's shell puts them in
  docker exec --interactive "$id" sh -c 'tar -c -f - -C / --exclude="*.index" --exclude="*.timeindex" --exclude="*.txnindex" \
    --exclude="*.lock" "$1" || [ $? -eq 1 ]' sh "${place#/}" </dev/null 2>"$SCRATCH/events" | gzip -1 >"$HERE/$EVENTS_FILE" ||
    fail "the events could not be copied: $(tail -n 2 "$SCRATCH/events")"
  gzip -dc -- "$HERE/$EVENTS_FILE" | tar -t -f - >"$SCRATCH/log" || fail 'the copy of the events cannot be read back'
  grep -q '[.]log$' "$SCRATCH/log" || fail "there is no log in $place of the broker's container"
}

snapshot_redis() {
  local id bytes
  open_backup
  if [ -z "$REDIS_SERVICE" ]; then
    say '  the project runs no Redis: there is nothing to take'
    return
  fi
  id=$(container "$REDIS_SERVICE")
  mkdir -- "$HERE/redis"
  redis_tool "$id" --rdb - >"$HERE/redis/marked" 2>"$SCRATCH/redis" || fail "redis-cli: $(tail -n 2 "$SCRATCH/redis")"
  # What redis-cli writes to a pipe ends with the server's mark of the end, which is no part of the snapshot; it tells the bytes before it.
  bytes=$(sed -n 's/.*success after \([0-9][0-9]*\) bytes.*/\1/p' "$SCRATCH/redis")
  head -c "${bytes:-$(wc -c <"$HERE/redis/marked")}" "$HERE/redis/marked" >"$HERE/redis/dump.rdb"
  rm -f -- "$HERE/redis/marked"
  [ "$(head -c 5 -- "$HERE/redis/dump.rdb")" = REDIS ] || fail 'what redis-cli wrote is no snapshot of Redis'
  redis_tool "$id" dbsize | tr -d '\r' >"$HERE/keys"
  grep -q '^[0-9][0-9]*$' "$HERE/keys" || fail "Redis did not tell how many keys it holds: $(cat -- "$HERE/keys")"
}

# redis-cli in the container; the password goes by the environment.
redis_tool() {
  local id=$1
  shift
  REDISCLI_AUTH=$(secret redis_password) docker exec --interactive --env REDISCLI_AUTH "$id" redis-cli -p "$REDIS_PORT" "$@" </dev/null
}

# The manifest's entry of a file of the backup; the checksum is kept for the last step.
list_file() {
  local sum size
  sum=$(sha256sum <"$HERE/$1")
  size=$(wc -c <"$HERE/$1" | tr -d ' ')
  printf '%s  %s\0' "${sum%% *}" "$1" >>"$STATES/backup.sums"
  printf '    { "path": %s, "sha256": "%s", "bytes": %s, "contentBytes": %s }' "$(json "$1")" "${sum%% *}" "$size" "$size"
}

# Digest of the image that a container runs: its registry's where it has one, otherwise its own id.
digest_of() {
  local image names name
  image=$(docker inspect --format '{{.Image}}' "$1" </dev/null)
  names=$(names_of_image "$image")
  for name in $names; do
    case $name in
      *@sha256:*)
        image=${name#*@}
        break
        ;;
    esac
  done
  printf '%s' "$image"
}

write_manifest() {
  open_backup
  rm -f -- "$STATES/backup.sums"
  {
    printf '{\n  "format": "%s",\n  "takenAt": "%s",\n' "$BACKUP_FORMAT" "$TAKEN_AT"
    # The last member of what the database told has no comma behind it.
    printf '  "database": {\n    "method": "pg_dump",\n'
    sed '$s/,$//' "$HERE/facts"
    printf '  },\n'
    manifest_files
    manifest_images
    manifest_configuration
    if [ -n "$KAFKA_SERVICE" ]; then
      printf '  "kafka": {'
      if [ -e "$HERE/$EVENTS_FILE" ]; then printf ' "log": %s,' "$(json "$EVENTS_FILE")"; fi
      printf ' "topics": [\n%s\n  ] },\n' "$(cat -- "$HERE/topics")"
    fi
    if [ -n "$REDIS_SERVICE" ]; then printf '  "redis": { "path": "redis/dump.rdb", "keys": %s },\n' "$(cat -- "$HERE/keys")"; fi
    printf '  "tookMs": %s\n}\n' "$(($(milliseconds) - BEGAN))"
  } >"$SCRATCH/manifest"
  rm -f -- "$HERE/facts" "$HERE/topics" "$HERE/keys"
  cat -- "$SCRATCH/manifest" >"$HERE/$MANIFEST_FILE"
}

manifest_files() {
  local file
  printf '  "files": [\n'
  list_file database.dump
  while IFS= read -r -d '' file; do
    printf ',\n'
    list_file "$CONFIGURATION_FOLDER$file"
  done < <(configuration_files)
  if [ -n "$REDIS_SERVICE" ]; then
    printf ',\n'
    list_file redis/dump.rdb
  fi
  if [ -e "$HERE/$EVENTS_FILE" ]; then
    printf ',\n'
    list_file "$EVENTS_FILE"
  fi
  printf '\n  ],\n'
}

manifest_images() {
  local service id comma=''
  printf '  "images": {'
  for service in "${SERVICES[@]}"; do
    id=$(container_of "$service")
    if [ -z "$id" ]; then continue; fi
    printf '%s\n    %s: "%s"' "$comma" "$(json "$service")" "$(digest_of "$id")"
    comma=','
  done
  printf '\n  },\n'
}

manifest_configuration() {
  local file comma=''
  printf '  "configuration": ['
  while IFS= read -r -d '' file; do
    printf '%s\n    { "path": %s, "original": %s, "mode": "%04d" }' "$comma" "$(json "$CONFIGURATION_FOLDER$file")" "$(json "$file")" \
      "$(stat -L -c %a -- "$file")"
    comma=','
  done < <(configuration_files)
  printf '\n  ],\n  "configurationFolders": ['
  comma=''
  for file in ${CONFIGURATION_FOLDERS[@]+"${CONFIGURATION_FOLDERS[@]}"}; do
    if [ -d "$file" ]; then
      printf '%s %s' "$comma" "$(json "$file")"
      comma=','
    fi
  done
  printf ' ],\n'
}

verify_backup() {
  local line sum count=0
  open_backup
  sync
  while IFS= read -r -d '' line; do
    sum=$(sha256sum <"$HERE/${line#*  }")
    [ "${sum%% *}" = "${line%%  *}" ] || fail "${line#*  } reads otherwise than it was written"
    count=$((count + 1))
  done <"$STATES/backup.sums"
  [ "$count" -gt 0 ] || fail 'the manifest lists no file'
  database_tool "$DATABASE" pg_restore --list <"$HERE/database.dump" >/dev/null
  mv -- "$HERE" "$NEW_BACKUP"
  rm -f -- "$STATES/backup" "$STATES/backup.sums"
  say "  the backup is $NEW_BACKUP"
}
